"""Chunks of items through guarded workers, in order: what a crash or a hang takes away is one item, marked `Lost`.

A chunk whose worker died is tried again item by item, so the culprit dies alone. Only an item that took a second worker
with it, alone, is lost: a worker may also die of what has nothing to do with it.
"""

from __future__ import annotations

import signal
from collections import deque
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.guard import GuardDiedError, Guards, Worker, out_of_memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlpipe.core.worker import Answers, Job

_CHUNK = 16
"""Items that go to a worker at once: what is computed again when one of them kills it."""

_PIECES = 16
"""Chunks of few items are smaller, so that each worker gets so many: none waits long for the last one."""

_AHEAD = 2
"""Chunks a worker has at hand: it does not wait for this process."""

_WINDOW = 8
"""Chunks a worker under way at once: results of no more than these wait in memory when their reader is slow."""

_GUARDS = 3
"""So many guards may die before the machine is held to be at fault."""

_DEATHS = 2

CRASHED = "crashed"
TOO_SLOW = "too_slow"


@dataclass(frozen=True)
class Lost:
    """Stands for the result of an item that ended its worker twice."""

    reason: str
    """`crashed` or `too_slow`."""
    detail: str


@dataclass
class Chunk:
    """Items that go to a worker together."""

    start: int
    items: Sequence[Any]
    deaths: int = 0

    def pieces(self) -> list[Chunk]:
        """Its items, each alone, in order."""
        return [Chunk(self.start + number, [item], self.deaths) for number, item in enumerate(self.items)]


class Pool:
    """Workers that live as long as this does, and answer for one `Job`. A guard that is given outlives them."""

    def __init__(self, job: Job, jobs: int, guards: Guards | None = None) -> None:
        self._job = job
        self._guards, self._owns_guards = guards or Guards(), guards is None
        self._guard = self._guards.one()
        self._num_guards = 1
        self._jobs = jobs
        self._workers: list[Worker] = []

    def close(self) -> None:
        """Ends all of its processes, but for a guard that was given."""
        if self._owns_guards:
            self._guards.close()
        for worker in self._workers:
            worker.connection.close()
        self._workers = []

    def results(self, items: Sequence[Any]) -> Iterator[Any]:
        """The function of every item, or `Lost`, in the items' order.

        Raises:
            DlpipeError: workers are killed from outside again and again.
            Exception: the function's first error, where its item's result would be.
        """
        size = max(1, min(_CHUNK, len(items) // (self._jobs * _PIECES)))
        run = _Run(items, size, self._jobs * _WINDOW * size)
        try:
            while run.position < len(items):
                self._hand_out(run)
                busy = [worker.connection for worker in self._workers if worker.chunks]
                ready = wait(busy) if busy else []  # a worker may have died before its next chunk reached it
                for worker in [worker for worker in self._workers if worker.connection in ready]:
                    self._receive(run, worker)
                yield from run.next_results()
        finally:
            self._forget_busy()

    def _forget_busy(self) -> None:
        """Lets workers go that still answer what nobody reads: they end once they find nobody there."""
        for worker in [worker for worker in self._workers if worker.chunks]:
            worker.connection.close()
            self._workers.remove(worker)

    def _hand_out(self, run: _Run) -> None:
        for _ in range(_AHEAD):
            for number in range(self._jobs):
                if number < len(self._workers) and len(self._workers[number].chunks) == _AHEAD:
                    continue
                chunk = run.next_chunk()
                if chunk is None:
                    return
                worker = self._workers[number] if number < len(self._workers) else self._hired(run)
                self._send(run, worker, chunk)

    def _send(self, run: _Run, worker: Worker, chunk: Chunk) -> None:
        worker.chunks.append(chunk)
        try:
            worker.connection.send(chunk.items)
        except ConnectionError:
            self._bury(run, worker)

    def _receive(self, run: _Run, worker: Worker) -> None:
        if worker not in self._workers:
            return  # its guard has died and was replaced
        try:
            answers: Answers = worker.connection.recv()
        except (EOFError, ConnectionError):
            self._bury(run, worker)
            return
        run.note(worker.chunks.popleft(), answers)

    def _bury(self, run: _Run, worker: Worker) -> None:
        """Takes a dead worker's chunks back; the first of them is what it worked on."""
        if worker not in self._workers:
            return  # it died with its guard, which has been replaced
        try:
            code = self._guard.ended(worker)
        except GuardDiedError:
            self._replace_guard(run)
            return
        self._workers.remove(worker)
        culprit, *others = worker.chunks
        run.again(others)
        run.blame(culprit, code, self._job.seconds)

    def _hired(self, run: _Run) -> Worker:
        """A new worker among the others."""
        while True:
            try:
                self._workers.append(self._guard.fork(self._job))
                return self._workers[-1]
            except GuardDiedError:
                self._replace_guard(run)

    def _replace_guard(self, run: _Run) -> None:
        """A new guard; workers of the old one died with it and are to blame for nothing."""
        for worker in self._workers:
            worker.connection.close()
            run.again(list(worker.chunks))
        self._workers = []
        if self._num_guards == _GUARDS:
            problem = f"the process that guards the decoders was killed {_GUARDS} times; its own words may stand above"
            fix = "free memory or set DLPIPE_JOBS=1; DLPIPE_ENGINE=threads works without it"
            raise DlpipeError(problem, fix, Exit.ENVIRONMENT)
        self._num_guards += 1
        self._guard = self._guards.one(instead_of=self._guard)


class _Run:
    """Where one pass over items stands."""

    def __init__(self, items: Sequence[Any], size: int, window: int) -> None:
        self.position = 0
        """Of the next result that is passed on."""
        self._items = items
        self._size = size
        self._window = window
        self._starts = iter(range(0, len(items), size))
        self._again: deque[Chunk] = deque()
        self._waiting: Chunk | None = None
        self._results: dict[int, Any] = {}
        self._errors: dict[int, BaseException] = {}

    def next_chunk(self) -> Chunk | None:
        """What a worker should do next, if it would not be too far ahead."""
        if self._again:
            return self._again.popleft()
        if self._waiting is None:
            start = next(self._starts, None)
            if start is None:
                return None
            self._waiting = Chunk(start, self._items[start : start + self._size])
        if self._waiting.start >= self.position + self._window:
            return None
        chunk, self._waiting = self._waiting, None
        return chunk

    def again(self, chunks: Sequence[Chunk]) -> None:
        """Chunks to be done before all new ones."""
        self._again.extend(chunks)

    def note(self, chunk: Chunk, answers: Answers) -> None:
        """A worker's answers to a chunk."""
        self._results.update(zip(count(chunk.start), answers.results, strict=False))
        if answers.error is not None:
            self._errors[chunk.start + len(answers.results)] = answers.error

    def blame(self, chunk: Chunk, code: int, seconds: float) -> None:
        """A worker ended over a chunk."""
        chunk.deaths += 1
        if len(chunk.items) > 1 or chunk.deaths < _DEATHS:
            self.again(chunk.pieces())
        elif code == -signal.SIGKILL:
            self._errors[chunk.start] = out_of_memory(chunk.items[0])
        else:
            self._results[chunk.start] = _lost(code, seconds)

    def next_results(self) -> Iterator[Any]:
        """Results that follow those already passed on, as far as they are there."""
        while self.position in self._results:
            result = self._results.pop(self.position)
            self.position += 1
            yield result
        if self.position in self._errors:
            raise self._errors[self.position]


def _lost(code: int, seconds: float) -> Lost:
    if code == -signal.SIGALRM:
        return Lost(TOO_SLOW, f"its decoder did not end within {seconds:g} s, twice")
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return Lost(CRASHED, f"it ended its decoder's process, twice ({how})")
