"""Where isolated loops run, which is a matter of the machine and no setting of a pipeline: results are the same bytes.

On a cluster every worker guards its decoders as this machine does. joblib brings the work there; who runs the cluster starts
it, and it must reach the same files under the same paths.
"""

from __future__ import annotations

import importlib
import os
import threading
from contextlib import ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from dlpipe.core.errors import DlpipeError, Exit, nearest
from dlpipe.core.guard import Guards
from dlpipe.core.isolated import Pool

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from types import ModuleType

    from dlpipe.core.worker import Job

ENGINE_VARIABLE = "DLPIPE_ENGINE"
"""`processes` (default): guarded processes of this machine. `threads`: of this process, without isolation.

`dask` is the cluster of `DASK_SCHEDULER_ADDRESS`, `ray` that of `RAY_ADDRESS`, or a new one on this machine. `loky` is
joblib's own, on this machine: the way of a cluster without one.
"""

_LOCAL = ("processes", "threads")
_CLUSTERS = {"loky": "joblib", "dask": "distributed", "ray": "ray"}
_HERE = {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
"""How Ray starts on this machine: it listens on loopback alone."""
_PIECE = 64
"""Items that go to a cluster's worker at once."""
_WINDOW = 256
"""Pieces whose results wait in memory where an engine gives them all at once."""
_ATTEMPTS = 4
"""So often an engine may lose workers without a single result before it is held to be at fault."""


def engine() -> str:
    """The engine that is asked for.

    Raises:
        DlpipeError: the variable names none.
    """
    value = os.environ.get(ENGINE_VARIABLE) or _LOCAL[0]
    known = (*_LOCAL, *_CLUSTERS)
    if value not in known:
        raise DlpipeError(f"{ENGINE_VARIABLE} is '{value}': {nearest(value, known)}", "set it so, or unset it")
    return value


class _Started:
    """What was started for loops that share it. A guard takes a while, so it starts before it is asked for."""

    def __init__(self) -> None:
        self.guards = Guards()
        if engine() == "processes":
            self.guards.one()
        self._clusters = ExitStack()
        self._names: set[str] = set()

    def reached(self, name: str) -> Any:
        """A cluster, connected to until `close`."""
        if name not in self._names:
            self._clusters.enter_context(_connected(name))
            self._names.add(name)
        return nullcontext()

    def close(self) -> None:
        """Ends it all."""
        self.guards.close()
        self._clusters.close()


_STARTED: ContextVar[_Started | None] = ContextVar("what loops share", default=None)


@contextmanager
def one_start() -> Generator[None]:
    """Loops in here share what has to be started for them: a guard, a connection to a cluster.

    Raises:
        DlpipeError: the engine that is asked for is none.
    """
    started = _Started()
    token = _STARTED.set(started)
    try:
        yield
    finally:
        _STARTED.reset(token)
        started.close()


def results(job: Job, items: Sequence[Any], jobs: int) -> Iterator[Any]:
    """The job's function of every item in order, wherever it runs."""
    name, started = engine(), _STARTED.get()
    if not items:
        return
    if name == "threads":
        from dlpipe.core.loop import each_quietly

        yield from each_quietly(job.function, items)
    elif name == "processes":
        pool = Pool(job, min(jobs, len(items)), started.guards if started else None)
        try:
            yield from pool.results(items)
        finally:
            pool.close()
    else:
        with started.reached(name) if started else _connected(name):
            yield from _on_cluster(name, job, items, jobs if name == "loky" else -1)


class _Kept(threading.local):
    """The pool of a cluster's worker, for each of its threads: it serves all pieces of a job, and its guard all jobs."""

    def __init__(self) -> None:
        self.guards = Guards()
        self.job: Job | None = None
        self.pool: Pool | None = None

    def of(self, job: Job) -> Pool:
        """The pool of this job; that of another one ends."""
        if self.pool is None or self.job != job:
            if self.pool is not None:
                self.pool.close()
            self.job, self.pool = job, Pool(job, 1, self.guards)
        return self.pool


_KEPT = _Kept()


def piece(job: Job, items: Sequence[Any]) -> list[Any]:
    """What a cluster's worker does: a piece of the items, guarded by a pool of its own."""
    return list(_KEPT.of(job).results(items))


def _on_cluster(name: str, job: Job, items: Sequence[Any], jobs: int) -> Iterator[Any]:
    """Goes on with what is not there yet where workers were lost; Dask does so by itself."""
    lost, given, without_result = _lost_workers(name), 0, 0
    while given < len(items):
        try:
            for result in _passed_through(name, job, items[given:], jobs):
                given, without_result = given + 1, 0
                yield result
        except lost as error:
            without_result += 1
            if without_result == _ATTEMPTS:
                problem = f"workers of {ENGINE_VARIABLE}={name} end again and again: {type(error).__name__}"
                fix = "see why on their machine (memory?), or unset it to work here"
                raise DlpipeError(problem, fix, Exit.ENVIRONMENT) from error


def _lost_workers(name: str) -> tuple[type[Exception], ...]:
    """What an engine raises when a worker has gone."""
    if name == "loky":
        from concurrent.futures.process import BrokenProcessPool

        return (BrokenProcessPool,)
    if name == "ray":
        errors: Any = importlib.import_module("ray.exceptions")
        return (errors.RayActorError, errors.WorkerCrashedError)
    return ()


def _passed_through(name: str, job: Job, items: Sequence[Any], jobs: int) -> Iterator[Any]:
    from joblib import Parallel, delayed, parallel_config

    pieces = (items[start : start + _PIECE] for start in range(0, len(items), _PIECE))
    with parallel_config(backend=name, n_jobs=jobs):
        found: Any
        if name != "ray":
            found = Parallel(return_as="generator")(delayed(piece)(job, part) for part in pieces)
            yield from chain.from_iterable(found)
            return
        with Parallel() as parallel:  # Ray's backend gives all at once, so it gets a window at a time
            while window := list(islice(pieces, _WINDOW)):
                found = parallel(delayed(piece)(job, part) for part in window)
                yield from chain.from_iterable(found)


def _connected(name: str) -> Any:
    try:
        module = importlib.import_module(_CLUSTERS[name])
    except ImportError as error:
        problem = f"{ENGINE_VARIABLE} is '{name}', but {_CLUSTERS[name]} is not installed"
        raise DlpipeError(problem, f"pip install 'dlpipe[{name}]'", Exit.ENVIRONMENT) from error
    connections = {"loky": lambda _: nullcontext(), "dask": _dask, "ray": _ray}
    return connections[name](module)


@contextmanager
def _dask(distributed: ModuleType) -> Generator[None]:
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    if not address:
        fix = "start one (`dask scheduler`, `dask worker ADDRESS`) and set DASK_SCHEDULER_ADDRESS to it"
        raise DlpipeError(f"{ENGINE_VARIABLE} is 'dask', but no scheduler is named", fix)
    try:
        client = distributed.Client(address, timeout=10)
    except OSError as error:
        problem = f"the Dask scheduler at {address} (DASK_SCHEDULER_ADDRESS) does not answer"
        raise DlpipeError(problem, "start it, or mend the address", Exit.ENVIRONMENT) from error
    with client:
        yield


@contextmanager
def _ray(ray: ModuleType) -> Generator[None]:
    register: Any = importlib.import_module("ray.util.joblib").register_ray
    was_there = ray.is_initialized()
    if not was_there:
        try:
            ray.init(logging_level="error", log_to_driver=False, **({} if os.environ.get("RAY_ADDRESS") else _HERE))
        except (ConnectionError, ValueError) as error:
            problem = f"the Ray cluster at {os.environ.get('RAY_ADDRESS')} (RAY_ADDRESS) does not answer: {error}"
            raise DlpipeError(problem, "start it, mend the address, or unset it", Exit.ENVIRONMENT) from error
    register()
    try:
        yield
    finally:
        if not was_there:
            ray.shutdown()
