"""Processes that call a function for this one, so that a crash or a hang of native code costs one item and no more."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from typing import TYPE_CHECKING, Any, Self

from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from dlpipe.core.worker import Job

_START = "import sys; sys.path[:] = {path!r}; from dlpipe.core.worker import guard; guard({descriptor})"
_SETTINGS = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),  # glibc: the memory of one picture serves the next, without page faults
    "MALLOC_TRIM_THRESHOLD_": str(1 << 28),
    "PYDANTIC_DISABLE_PLUGINS": "1",  # no other distribution's code here, and no search of all that are installed
}


@dataclass
class Worker:
    """A process that answers chunks one after the other."""

    pid: int
    connection: Connection[Any, Any]
    chunks: deque[Any] = field(default_factory=deque[Any])
    """Those it has not answered yet, in order."""


class GuardDiedError(Exception):
    """The process that forks workers is gone."""


class Guard:
    """The process from which workers are forked."""

    def __init__(self) -> None:
        mine, theirs = socket.socketpair()
        start = _START.format(path=sys.path, descriptor=theirs.fileno())
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", start],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, **_SETTINGS},
            )
        self._control: Connection[Any, Any] = Connection(mine.detach())

    def fork(self, job: Job) -> Worker:
        """A new worker, which answers for this job.

        Raises:
            GuardDiedError: there is nobody to fork it.
            Exception: the job cannot be sent to another process.
        """
        mine, theirs = socket.socketpair()
        with mine, theirs:
            try:
                self._control.send(job)
                send_handle(self._control, theirs.fileno(), self._process.pid)
                pid: int = self._control.recv()
            except (EOFError, ConnectionError) as error:
                raise GuardDiedError from error
            return Worker(pid, Connection(mine.detach()))

    def ended(self, worker: Worker) -> int:
        """How a worker that has gone ended: its exit code, or the negative number of the signal.

        Raises:
            GuardDiedError: there is nobody who knows.
        """
        worker.connection.close()
        try:
            self._control.send(worker.pid)
            return self._control.recv()
        except (EOFError, ConnectionError) as error:
            raise GuardDiedError from error

    def close(self) -> None:
        """Ends it and, on Linux, its workers at once; elsewhere they end when they have no more to read."""
        self._control.close()
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Guards:
    """One guard at a time."""

    def __init__(self) -> None:
        self._guard: Guard | None = None

    def one(self, instead_of: Guard | None = None) -> Guard:
        """The guard, a new one where there is none yet, or where it is the one that died."""
        if self._guard is None or self._guard is instead_of:
            self.close()
            self._guard = Guard()
        return self._guard

    def close(self) -> None:
        """Ends the guard."""
        if self._guard is not None:
            self._guard.close()
        self._guard = None


def out_of_memory(item: object) -> DlpipeError:
    """What killed a worker from outside, twice at the same item."""
    problem = f"the process that worked on {item} was killed twice (SIGKILL); the system does so when memory is short"
    fix = "free memory, set DLPIPE_JOBS=1, or allow less in dataset.modality, then run the command again"
    return DlpipeError(problem, fix, Exit.ENVIRONMENT)
