"""Python and its packages, as they should not be."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from dlpipe.workflow import probes_of_python


def test_packages_are_held_against_the_requirements():
    def installed(name: str) -> str:
        if name == "gone":
            raise PackageNotFoundError
        return "2.5"

    wanted = ["here>=2,<3", "old>=3", "gone", 'extra>=9; extra == "serve"']
    found = probes_of_python._packages(wanted, installed)
    assert found.state == "missing"
    assert "old is 2.5, wanted >=3" in found.says
    assert "gone is not installed" in found.says
    assert "extra" not in found.says
    assert probes_of_python._packages(["here>=2,<3"], installed).state == "ok"


@pytest.mark.parametrize(
    ("torch", "torchvision", "state"),
    (
        ("2.14.1", "0.29.2", "ok"),
        ("2.14.1+cpu", "0.29.2+cpu", "ok"),
        ("2.13.0+cpu", "0.29.2", "missing"),
        ("2.14.1+cpu", "0.29.2", "weak"),
        ("2.14.1", None, "missing"),
        (None, "0.29.2", "missing"),
    ),
)
def test_torch_and_torchvision_belong_together(torch: str | None, torchvision: str | None, state: str):
    assert probes_of_python._torch_pair(torch, torchvision).state == state


def test_the_successor_of_albumentations_is_found():
    found = probes_of_python._albumentations("2.1.0")
    assert found is not None
    assert found.state == "missing"
    assert "AGPL" in found.says
    assert probes_of_python._albumentations(None) is None
