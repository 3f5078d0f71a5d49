from __future__ import annotations

import pytest

from dlpipe.core.engine import ENGINE_VARIABLE, engine, results
from dlpipe.core.errors import DlpipeError
from dlpipe.core.isolated import Lost
from dlpipe.core.worker import Job
from tests.core import tasks


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
