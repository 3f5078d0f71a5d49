"""The lock files: what is installed is what was tested, from no particular registry, built by locked tools."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.sources import REPOSITORY

LOCKS = ("requirements-torch.lock", "requirements.lock", "requirements-dev.lock", "requirements-build.lock")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def _text(lock: str) -> str:
    return (REPOSITORY / lock).read_text("utf-8")


def _pins(*locks: str) -> dict[str, set[str]]:
    """Versions by name; a name has two where they differ by platform."""
    pins: dict[str, set[str]] = {}
    for name, version in _PINNED.findall("\n".join(map(_text, locks))):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def _asked(*, dev: bool) -> list[Requirement]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    asked = [
        *project["project"]["dependencies"],
        *(line for extra in ("serve", "fairness") for line in project["project"]["optional-dependencies"][extra]),
        *project["dependency-groups"]["build"],
        *project["build-system"]["requires"],
        *(project["dependency-groups"]["dev"] if dev else ()),
        *(line for extra in ("dask", "ray") if dev for line in project["project"]["optional-dependencies"][extra]),
    ]
    return [Requirement(line) for line in asked]


@pytest.mark.parametrize(("lock", "dev"), (("requirements.lock", False), ("requirements-dev.lock", True)))
def test_a_lock_has_what_pyproject_asks_for(lock: str, dev: bool):
    pins = _pins("requirements-torch.lock", lock)
    for asked in _asked(dev=dev):
        versions = pins.get(canonicalize_name(asked.name), set())
        assert versions, f"{asked.name} is neither in {lock} nor in requirements-torch.lock: run .ci/lock"
        assert all(asked.specifier.contains(version, prereleases=True) for version in versions), asked


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_has_a_hash_and_names_no_registry(lock: str):
    text = _text(lock)
    entries = re.split(r"\n(?=\S)", text)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?:|://|--(extra-)?index-url|--find-links|--trusted-host|file:", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_one_version(lock: str):
    pinned = [line for line in _text(lock).splitlines() if line and not line.startswith((" ", "#"))]
    assert pinned
    assert all(_PINNED.match(line) for line in pinned)


@pytest.mark.parametrize("smaller", ("requirements.lock", "requirements-build.lock"))
def test_the_locks_agree(smaller: str):
    larger = _pins("requirements-torch.lock", "requirements-dev.lock")
    for name, versions in _pins(smaller).items():
        assert larger[name] == versions, name


@pytest.mark.parametrize("lock", ("requirements.lock", "requirements-dev.lock"))
def test_nothing_is_installed_by_two_pips_at_once(lock: str):
    assert not _pins("requirements-torch.lock").keys() & _pins(lock).keys()


def test_torch_and_torchvision_are_of_one_release_line():
    pins = _pins("requirements-torch.lock")
    (torch,), (torchvision,) = pins["torch"], pins["torchvision"]
    assert (torch.rpartition(".")[0], torchvision.rpartition(".")[0]) == ("2.14", "0.29")


def test_the_build_tools_are_locked_with_all_they_need():
    assert {"hatchling", "editables", "setuptools", "wheel", "packaging", "pathspec", "pluggy"} <= set(
        _pins("requirements-build.lock")
    )


def test_the_readme_builds_nothing_with_tools_that_are_not_locked():
    lines = [line for line in _text("README.md").splitlines() if line.startswith("python3 -m venv")]
    assert lines
    for line in lines:
        first, *others = [step for step in line.split(" && ") if "pip install" in step]
        assert first.endswith("--require-hashes -r requirements-build.lock")
        assert all("--no-build-isolation" in step for step in others)
        assert all("--require-hashes" in step or "--no-deps" in step for step in others)
