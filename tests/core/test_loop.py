from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

import joblib
import pytest

from dlpipe.core.errors import DlpipeError
from dlpipe.core.loop import JOBS_VARIABLE, each, num_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def two_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(JOBS_VARIABLE, "2")


@pytest.mark.usefixtures("two_jobs")
def test_order_is_that_of_the_items_however_long_each_takes():
    def slow(item: int) -> int:
        time.sleep(random.random() / 500)
        return item * item

    items = list(range(700))
    assert list(each(slow, items, "squaring")) == [item * item for item in items]


@pytest.mark.usefixtures("two_jobs")
def test_several_threads_work_at_once():
    meeting = threading.Barrier(2, timeout=5)
    assert list(each(lambda _: meeting.wait() >= 0, [0, 1], "meeting")) == [True, True]


def test_no_items_give_nothing():
    assert list(each(str, [], "nothing")) == []


@pytest.mark.usefixtures("two_jobs")
def test_an_error_comes_out_and_ends_the_loop():
    seen: list[int] = []

    def fail(item: int) -> int:
        seen.append(item)
        if item == 5:
            raise DlpipeError("file 5 is gone", "put it back")
        return item

    with pytest.raises(DlpipeError, match="file 5 is gone"):
        list(each(fail, range(10_000), "failing"))
    assert len(seen) < 5_000


@pytest.mark.usefixtures("two_jobs")
def test_results_do_not_pile_up_before_a_slow_reader():
    done: list[int] = []
    results: Iterator[None] = each(done.append, range(5_000), "appending")
    next(results)
    time.sleep(0.2)
    assert len(done) <= 2 * 128
    results.close()  # type: ignore[attr-defined] - a generator


@pytest.mark.usefixtures("two_jobs")
def test_a_reader_that_leaves_early_leaves_no_thread_at_work():
    for result in each(lambda item: item, range(5_000), "leaving"):
        if result == 3:
            break
    before = threading.active_count()
    time.sleep(0.1)
    assert threading.active_count() <= before


def test_opencv_does_not_start_threads_of_its_own():
    import cv2

    cv2.setNumThreads(4)
    list(each(str, [1], "one"))
    assert cv2.getNumThreads() == 1


def test_another_engine_can_be_chosen():
    from joblib.parallel import SequentialBackend

    class Counting(SequentialBackend):
        supports_return_generator = True
        used = 0

        def __init__(self, **settings: object) -> None:
            super().__init__(**settings)
            Counting.used += 1

    joblib.register_parallel_backend("counting", Counting)
    with joblib.parallel_config(backend="counting"):
        assert list(each(str, [1, 2], "elsewhere")) == ["1", "2"]
    assert Counting.used == 1


@pytest.mark.parametrize("value", ("0", "-1", "many"))
def test_a_wrong_number_of_jobs_is_refused(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(JOBS_VARIABLE, value)
    with pytest.raises(DlpipeError, match=f"DLPIPE_JOBS is '{value}'"):
        num_jobs()


def test_all_cores_by_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(JOBS_VARIABLE, raising=False)
    assert num_jobs() == joblib.cpu_count()
