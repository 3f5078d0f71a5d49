from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from dlpipe.core.engine import ENGINE_VARIABLE, engine, one_start, results
from dlpipe.core.errors import DlpipeError
from dlpipe.core.isolated import Lost
from dlpipe.core.worker import Job
from tests.core import tasks

if TYPE_CHECKING:
    from collections.abc import Generator


def test_processes_are_the_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)
    assert engine() == "processes"


def test_an_unknown_engine_is_refused_with_the_nearest(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(ENGINE_VARIABLE, "thread")
    with pytest.raises(DlpipeError, match="DLPIPE_ENGINE is 'thread': did you mean 'threads'"):
        engine()


@pytest.mark.parametrize("name", ("processes", "threads"))
def test_every_engine_of_this_machine_gives_the_same(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(ENGINE_VARIABLE, name)
    assert list(results(Job(tasks.square, 5), range(50), 2)) == [item * item for item in range(50)]


def test_processes_isolate(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(ENGINE_VARIABLE, "processes")
    found = list(results(Job(tasks.square, 5), [1, tasks.CRASH, 3], 2))
    assert (found[0], found[2]) == (1, 9)
    assert isinstance(found[1], Lost)


def guards(times: int) -> list[int]:
    """The guards of so many loops."""
    return [parent for _ in range(times) for _, parent in results(Job(tasks.process, 5), [0], 1)]


def test_loops_share_a_guard_until_the_block_ends(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(ENGINE_VARIABLE, "processes")
    before = set(psutil.Process().children())
    with one_start():
        (early,) = set(psutil.Process().children()) - before
        first, second = guards(2)
        os.kill(first, signal.SIGKILL)
        third, fourth = guards(2)
    assert early.pid == first == second, "it starts before it is asked for"
    assert third == fourth != first, "one that was killed is replaced"
    assert not psutil.pid_exists(fourth)
    assert len(set(guards(2))) == 2, "elsewhere each has its own"


def test_loops_share_a_connection_until_the_block_ends(monkeypatch: pytest.MonkeyPatch):
    told: list[str] = []

    @contextmanager
    def connected(name: str) -> Generator[None]:
        told.append(f"to {name}")
        yield
        told.append("closed")

    monkeypatch.setenv(ENGINE_VARIABLE, "dask")
    monkeypatch.setattr("dlpipe.core.engine._connected", connected)
    monkeypatch.setattr("dlpipe.core.engine._passed_through", lambda _, job, items, __: map(job.function, items))
    monkeypatch.setattr("dlpipe.core.engine._lost_workers", lambda _: ())
    with one_start():
        assert [list(results(Job(tasks.square, 5), [2, 3], 1)) for _ in range(2)] == [[4, 9], [4, 9]]
        assert told == ["to dask"]
    assert list(results(Job(tasks.square, 5), [5], 1)) == [25]
    assert told == ["to dask", "closed"] * 2


def test_nothing_to_do_starts_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(ENGINE_VARIABLE, "dask")
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    assert list(results(Job(tasks.square, 5), [], 1)) == []
