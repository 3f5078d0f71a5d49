"""The one place that loops over samples.

`each` runs in threads of this process, by joblib: hashing, and decoding (OpenCV, Pillow) what is known to be sound, free
the interpreter's lock. `each_isolated` is for what nobody has decoded yet, and for work of many short steps, which in threads
would wait for that lock: in guarded processes, here or on an engine.
"""

from __future__ import annotations

import os
import warnings
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from dlpipe.core.errors import DlpipeError
from dlpipe.core.say import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dlpipe.core.worker import Job

T = TypeVar("T")
R = TypeVar("R")

JOBS_VARIABLE = "DLPIPE_JOBS"
"""How many threads or processes work on samples; default all cores this process may use."""

_WINDOW = 128
"""Items a thread under way at once: results of no more than these wait in memory when their reader is slow."""

_PIECES = 16
"""Into so many pieces a window is cut for each thread: joblib costs 0.1 ms a piece, as much as hashing ten small files."""


def num_jobs() -> int:
    """Threads or processes that work on samples.

    Raises:
        DlpipeError: the variable holds no number from 1.
    """
    value = os.environ.get(JOBS_VARIABLE, "")
    if not value:
        import joblib

        return joblib.cpu_count()
    if not value.isdecimal() or int(value) < 1:
        raise DlpipeError(f"{JOBS_VARIABLE} is '{value}'", "set it to a number from 1, or unset it")
    return int(value)


def each(function: Callable[[T], R], items: Sequence[T], description: str) -> Iterator[R]:
    """`function` of every item, in the items' order, as many at once as there are cores.

    The first exception ends the loop and comes out where its item would.
    """
    yield from say.track(each_quietly(function, items), description, total=len(items))


def each_isolated(job: Job, items: Sequence[T], description: str) -> Iterator[Any]:
    """`job.function` of every item, in the items' order; `Lost` for one that crashes or hangs every process it meets.

    Where it runs is this machine's matter: `DLPIPE_ENGINE` (`dlpipe.core.engine`). With `threads` nothing is isolated.

    Raises:
        DlpipeError: the engine is not there, or workers are killed from outside again and again.
        Exception: the function's first error, where its item's result would be.
    """
    from dlpipe.core.engine import results

    yield from say.track(results(job, items, num_jobs()), description, total=len(items))


def each_quietly(function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """`each` without showing how far it is."""
    import cv2
    from joblib import Parallel, delayed

    cv2.setNumThreads(1)  # the loop already uses every core
    warnings.filterwarnings("ignore", message=r"\d+ tasks have been successfully executed")  # a reader may leave early
    jobs = num_jobs()
    rest = iter(items)
    with Parallel(n_jobs=jobs, prefer="threads", return_as="generator") as parallel:
        while window := list(islice(rest, jobs * _WINDOW)):
            size = max(1, len(window) // (jobs * _PIECES))
            pieces = [window[start : start + size] for start in range(0, len(window), size)]
            results: Any = parallel(delayed(_all)(function, piece) for piece in pieces)
            for piece in results:
                yield from piece


def _all(function: Callable[[T], R], items: Sequence[T]) -> list[R]:
    return [function(item) for item in items]
