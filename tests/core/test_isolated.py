from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.isolated import Lost, Pool
from dlpipe.core.worker import Job
from tests.core import tasks
from tests.core.tasks import ABORT, CRASH, ERROR, HANG, KILLED, LEAVE, STRANGE_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(Job(tasks.square, seconds=0.3), 2)
    yield made
    made.close()


def expected(items: Sequence[int]) -> list[Any]:
    """Squares, and reasons in the place of what ends a process."""
    reasons = {CRASH: "crashed", ABORT: "crashed", LEAVE: "crashed", HANG: "too_slow"}
    return [reasons[item] if item in reasons else item * item for item in items]


def found(pool: Pool, items: Sequence[Any]) -> list[Any]:
    return [result.reason if isinstance(result, Lost) else result for result in pool.results(items)]


def test_results_come_in_order(pool: Pool):
    assert found(pool, range(2_000)) == expected(range(2_000))


def test_no_items_give_nothing(pool: Pool):
    assert found(pool, []) == []


@pytest.mark.parametrize("harm", (CRASH, ABORT, LEAVE, HANG))
@pytest.mark.parametrize("place", (0, 7, 199))
def test_what_ends_its_process_costs_itself_alone(pool: Pool, harm: int, place: int):
    items = list(range(200))
    items[place] = harm
    assert found(pool, items) == expected(items)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from((*range(20), CRASH, LEAVE)), max_size=60))
def test_whatever_crashes_every_item_has_its_result(pool: Pool, items: list[int]):
    assert found(pool, items) == expected(items)


def test_the_reason_says_how_it_ended(pool: Pool):
    crashed, left, slow = pool.results([CRASH, LEAVE, HANG])
    assert crashed.detail == "it ended its decoder's process, twice (signal SIGSEGV)"
    assert left.detail == "it ended its decoder's process, twice (exit code 7)"
    assert slow.detail == "its decoder did not end within 0.3 s, twice"


def test_what_was_killed_once_from_outside_is_done_again(pool: Pool, tmp_path: Path):
    items = [*range(5), str(tmp_path / "mark"), *range(5)]
    assert found(pool, items) == [*expected(range(5)), 1, *expected(range(5))]


def test_what_is_killed_again_and_again_is_the_machines_fault_and_not_the_samples(pool: Pool):
    with pytest.raises(DlpipeError, match="killed twice") as caught:
        found(pool, [1, 2, KILLED, 3])
    assert caught.value.exit_code == Exit.ENVIRONMENT
    assert found(pool, [4]) == [16]


def test_an_error_comes_out_where_its_result_would(pool: Pool):
    results = pool.results([*range(40), ERROR, *range(400)])
    assert [next(results) for _ in range(40)] == expected(range(40))
    with pytest.raises(ValueError, match="no square") as caught:
        next(results)
    assert "in square" in caught.value.__notes__[0]
    assert found(pool, range(100)) == expected(range(100)), "answers that nobody read came later"


def test_an_error_that_cannot_travel_keeps_its_words(pool: Pool):
    with pytest.raises(RuntimeError, match="StrangeError: very strange"):
        found(pool, [STRANGE_ERROR])


def test_a_reader_that_leaves_early_does_not_disturb_the_next(pool: Pool):
    for _ in range(5):
        results = pool.results(range(1_000))
        assert next(results) == 0
        results.close()  # type: ignore[attr-defined] - a generator
    assert found(pool, range(100)) == expected(range(100))


def test_workers_that_anybody_kills_lose_nothing():
    with_kills = Pool(Job(tasks.process, seconds=5), 2)
    chance = random.Random(0)
    seen: list[tuple[int, int]] = []
    for result in with_kills.results(range(300)):
        seen.append(result)
        if len(seen) % 60 == 30:
            guard = seen[-1][1]
            workers = psutil.Process(guard).children()
            os.kill(chance.choice(workers).pid, signal.SIGKILL)
    with_kills.close()
    assert len(seen) == 300
    assert len({pid for pid, _ in seen}) > 2


def test_a_guard_that_is_killed_is_replaced_twice():
    pool = Pool(Job(tasks.process, seconds=5), 2)
    guards: list[int] = []
    results = pool.results(range(400))
    with pytest.raises(DlpipeError, match="killed 3 times") as caught:
        for number, (_, guard) in enumerate(results):
            if guard not in guards and number % 10 == 9:
                guards.append(guard)
                os.kill(guard, signal.SIGKILL)
    pool.close()
    assert caught.value.exit_code == Exit.ENVIRONMENT
    assert len(guards) == 3


def test_closing_ends_every_process():
    pool = Pool(Job(tasks.process, seconds=5), 2)
    seen = set(pool.results(range(100)))
    pool.close()
    deadline = time.monotonic() + 5
    left = {pid for pair in seen for pid in pair}
    while any(psutil.pid_exists(pid) for pid in left):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_results_do_not_pile_up_before_a_slow_reader(tmp_path: Path):
    pool = Pool(Job(tasks.counted(tmp_path / "count"), seconds=5), 2)
    results = pool.results(range(5_000))
    next(results)
    time.sleep(0.3)
    assert (tmp_path / "count").stat().st_size <= 2 * 8 * 16
    results.close()  # type: ignore[attr-defined] - a generator
    pool.close()


def test_a_workers_memory_does_not_grow_with_the_number_of_items():
    pool = Pool(Job(tasks.peak_mib, seconds=5), 2)
    peaks = list(pool.results(range(20_000)))
    pool.close()
    assert max(peaks[-1_000:]) < max(peaks[1_000:2_000]) + 5


@pytest.mark.timeout(60)
def test_a_worker_that_dies_before_its_next_chunk_reaches_it_is_replaced(monkeypatch: pytest.MonkeyPatch):
    pool, send = Pool(Job(tasks.square, seconds=5), 1), Pool._send

    def send_late(self: Pool, run: Any, worker: Any, chunk: Any) -> None:
        if worker.chunks:
            deadline = time.monotonic() + 10
            while psutil.Process(worker.pid).status() != psutil.STATUS_ZOMBIE:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        send(self, run, worker, chunk)

    monkeypatch.setattr(Pool, "_send", send_late)
    try:
        assert found(pool, [CRASH, CRASH]) == ["crashed", "crashed"]
    finally:
        pool.close()
