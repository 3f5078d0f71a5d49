"""The same loop on real clusters: same results, and a worker that dies in the middle costs nothing."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from dlpipe.core.engine import ENGINE_VARIABLE, results
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.isolated import Lost
from dlpipe.core.worker import Job
from tests.core import tasks
from tests.core.clusters import dask_cluster, wait_for_workers
from tests.house.sources import REPOSITORY

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

ITEMS = [*range(200), tasks.CRASH, *range(200)]


def plain(found: list[Any]) -> list[Any]:
    return [result.reason if isinstance(result, Lost) else result for result in found]


EXPECTED = [*(item * item for item in range(200)), "crashed", *(item * item for item in range(200))]


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two worker processes; their address, and the workers."""
    pytest.importorskip("distributed", reason="Dask is an extra: pip install 'dlpipe[dask]'")
    with dask_cluster(tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster


def test_dask_gives_the_same_even_when_a_worker_dies_in_the_middle(
    dask: tuple[str, list[subprocess.Popen[bytes]]], monkeypatch: pytest.MonkeyPatch
):
    address, workers = dask
    monkeypatch.setenv(ENGINE_VARIABLE, "dask")
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
    wait_for_workers(address, 2)
    assert plain(list(results(Job(tasks.square, 5), ITEMS, 2))) == EXPECTED
    seen: list[Any] = []
    for result in results(Job(tasks.process, 5), range(1_000), 2):
        seen.append(result)
        if len(seen) == 200:
            os.kill(workers[0].pid, signal.SIGKILL)
    assert len(seen) == 1_000
    assert len({guard for _, guard in seen}) >= 2, "only one worker took part"


@pytest.mark.timeout(120)
def test_loky_gives_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(ENGINE_VARIABLE, "loky")
    assert plain(list(results(Job(tasks.square, 5), ITEMS, 2))) == EXPECTED


def killed_in_the_middle(count: int, at: int) -> list[int]:
    """The guards that took part, when the engine's worker above the first of them is killed at a result."""
    seen: list[Any] = []
    for result in results(Job(tasks.process, 5), range(count), 2):
        seen.append(result)
        if len(seen) == at:
            above = psutil.Process(result[1]).parent()
            assert above is not None
            above.kill()
    assert len(seen) == count
    return list({guard for _, guard in seen})


def test_a_loky_worker_that_is_killed_in_the_middle_costs_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(ENGINE_VARIABLE, "loky")
    assert len(killed_in_the_middle(600, 100)) >= 3


def test_an_engine_whose_workers_end_again_and_again_is_named(monkeypatch: pytest.MonkeyPatch):
    from concurrent.futures.process import BrokenProcessPool

    def broken(*_: object) -> Iterator[Any]:
        raise BrokenProcessPool("gone")
        yield

    monkeypatch.setenv(ENGINE_VARIABLE, "loky")
    monkeypatch.setattr("dlpipe.core.engine._passed_through", broken)
    with pytest.raises(DlpipeError, match="workers of DLPIPE_ENGINE=loky end again and again") as caught:
        list(results(Job(tasks.square, 5), [1], 2))
    assert caught.value.exit_code == Exit.ENVIRONMENT


@pytest.fixture
def ray_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ray on this machine, for as long as a test lasts."""
    ray = pytest.importorskip("ray", reason="Ray is an extra: pip install 'dlpipe[ray]'")
    monkeypatch.setenv(ENGINE_VARIABLE, "ray")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    yield
    ray.shutdown()


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_ray_gives_the_same_even_when_a_worker_dies_in_the_middle():
    assert plain(list(results(Job(tasks.square, 5), ITEMS, 2))) == EXPECTED
    monkey = pytest.MonkeyPatch()
    monkey.setattr("dlpipe.core.engine._WINDOW", 4)
    assert len(killed_in_the_middle(1_000, 100)) >= 3
    monkey.undo()


def test_without_an_address_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("distributed", reason="Dask is an extra: pip install 'dlpipe[dask]'")
    monkeypatch.setenv(ENGINE_VARIABLE, "dask")
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    with pytest.raises(DlpipeError, match="no scheduler is named"):
        list(results(Job(tasks.square, 5), [1], 2))


def test_an_engine_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(ENGINE_VARIABLE, "ray")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DlpipeError, match="ray is not installed") as caught:
        list(results(Job(tasks.square, 5), [1], 2))
    assert caught.value.exit_code == Exit.ENVIRONMENT
