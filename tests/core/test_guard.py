from __future__ import annotations

import signal
import subprocess
import sys
import time

import psutil
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.guard import Guard, GuardDiedError, out_of_memory
from dlpipe.core.worker import Answers, Job
from tests.core import tasks
from tests.house.sources import REPOSITORY

JOB = Job(tasks.square, seconds=5)


def test_a_worker_answers_chunks_one_after_the_other():
    with Guard() as guard:
        worker = guard.fork(JOB)
        worker.connection.send([1, 2])
        worker.connection.send([3])
        assert worker.connection.recv() == Answers([1, 4])
        assert worker.connection.recv() == Answers([9])


def test_it_knows_how_a_worker_ended():
    with Guard() as guard:
        for harm, code in ((tasks.LEAVE, 7), (tasks.CRASH, -signal.SIGSEGV), (tasks.ABORT, -signal.SIGABRT)):
            worker = guard.fork(JOB)
            worker.connection.send([harm])
            with pytest.raises((EOFError, ConnectionError)):
                worker.connection.recv()
            assert guard.ended(worker) == code


def test_a_guard_that_cannot_start_says_so():
    job = Job(abs, 5, imports=("no_such_module",))
    with Guard() as guard, pytest.raises(GuardDiedError):
        guard.fork(job)
        guard.fork(job)


def test_a_function_that_other_processes_cannot_get_is_refused_at_once():
    with Guard() as guard:
        with pytest.raises((AttributeError, TypeError), match=r"lambda|local"):
            guard.fork(Job(lambda item: item, 5))
        worker = guard.fork(JOB)
        worker.connection.send([3])
        assert worker.connection.recv() == Answers([9]), "it goes on with the next job"


_PARENT = """
import os, sys, time
sys.path.insert(0, {repository!r})
from dlpipe.core.guard import Guard
from dlpipe.core.worker import Job
from tests.core import tasks
guard = Guard()
worker = guard.fork(Job(tasks.square, 500))
worker.connection.send([tasks.HANG])
print(worker.pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends a process with its parent")
def test_workers_die_with_the_process_they_work_for_even_in_the_middle_of_a_hang():
    code = _PARENT.format(repository=str(REPOSITORY))
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    pid = int(ended.stdout)
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_running_out_of_memory_is_said_with_the_item():
    error = out_of_memory("picture 7")
    assert "picture 7" in error.problem
    assert error.exit_code == Exit.ENVIRONMENT
    assert isinstance(error, DlpipeError)
