"""The fault harness as a pytest plug-in: the mark for what it needs, and the fixture that sweeps a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.homes import Homes
from tests.faults.strace import missing
from tests.faults.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Generator


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_strace: skipped where strace is missing or ptrace is forbidden")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("needs_strace") and (reason := missing()):
        pytest.skip(reason)


@pytest.fixture(scope="session")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Generator[Sweep]:
    """`sweep.at_calls(subject)` and `sweep.at_moments(subject)`: see `tests.faults.sweep`."""
    sweep = Sweep(Homes(tmp_path_factory.mktemp("faults").resolve()))
    yield sweep
    sweep.close()
