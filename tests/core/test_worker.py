from __future__ import annotations

import sys

import pytest

from dlpipe.core.guard import Guard
from dlpipe.core.worker import Answers, Job
from tests.core import tasks


def asked(job: Job, items: list[int]) -> Answers:
    with Guard() as guard:
        worker = guard.fork(job)
        worker.connection.send(items)
        return worker.connection.recv()


def test_results_before_an_error_are_kept():
    answers = asked(Job(tasks.square, 5), [1, 2, tasks.ERROR, 4])
    assert answers.results == [1, 4]
    assert isinstance(answers.error, ValueError)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_it_leaves_no_core_files_prints_nowhere_and_has_one_thread():
    assert asked(Job(tasks.limits, 5), [0]).results == [("/dev/null", 0, "1")]


def test_a_worker_is_forked_by_the_guard_and_not_by_this_process():
    import os

    ((pid, parent),) = asked(Job(tasks.process, 5), [0]).results
    assert os.getpid() not in {pid, parent}
