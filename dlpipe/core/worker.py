"""The far side of `guard.py`: a process that forks workers, and the workers, whose end harms nobody.

The guarding process imports what its jobs need, once; a worker is a fork of it, made in milliseconds. It has a single
thread and has computed nothing, so a fork of it is sound, which one of the stage's own process (with Polars' threads) is not.
Guard and workers die with the process that started them.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import signal
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler, recv_handle
from typing import TYPE_CHECKING, Any

from dlpipe.core.process import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Job:
    """What workers do with every item."""

    function: Callable[[Any], Any]
    """Importable by its name, as is whatever it holds: other processes get it."""
    seconds: float
    """After so many for one item a worker ends itself."""
    imports: tuple[str, ...] = ()
    """Modules that the function imports when it is called; the guard does so once for all workers."""


@dataclass(frozen=True)
class Answers:
    """What a worker says of the first items of a chunk: of all, or of those before an error."""

    results: list[Any]
    error: BaseException | None = None


def guard(descriptor: int) -> None:
    """Forks a worker for every job it is sent (and a socket for it), says how one ended for every process number."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of the terminal's group; the stage decides
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    control: Connection[Any, Any] = Connection(descriptor)
    while True:
        try:
            request: Job | int = control.recv()
        except EOFError:
            return
        if isinstance(request, Job):
            for name in request.imports:
                importlib.import_module(name)
            gc.freeze()
            control.send(_fork(control, request))
        else:
            control.send(os.waitstatus_to_exitcode(os.waitpid(request, 0)[1]))


def _fork(control: Connection[Any, Any], job: Job) -> int:
    handle = recv_handle(control)
    pid = os.fork()
    if pid:
        os.close(handle)
        return pid
    control.close()
    try:
        _work(Connection(handle), job)
    finally:
        os._exit(0)


def _work(connection: Connection[Any, Any], job: Job) -> None:
    end_with_parent()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    while True:
        try:
            items = connection.recv()
            connection.send(_answers(job, items))
        except (EOFError, ConnectionError):
            return


def _answers(job: Job, items: Sequence[Any]) -> Answers:
    results: list[Any] = []
    for item in items:
        signal.setitimer(signal.ITIMER_REAL, job.seconds)  # its default action ends the process, whatever code hangs
        try:
            results.append(job.function(item))
        except BaseException as error:  # noqa: BLE001 - it is raised where the results are read
            return Answers(results, _sendable(error))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return Answers(results)


def _sendable(error: BaseException) -> BaseException:
    """An error with its traceback as a note; a plain one of the same words where it does not survive the way."""
    error.add_note("In a worker process:\n" + "".join(traceback.format_exception(error)))
    try:
        ForkingPickler.loads(ForkingPickler.dumps(error))  # type: ignore[arg-type] - a stub that forgets a static method
    except Exception:  # noqa: BLE001 - whatever its class makes of it
        return RuntimeError("".join(traceback.format_exception(error)))
    return error
