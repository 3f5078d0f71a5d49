"""Where isolated loops run, which is a matter of the machine and no setting of a pipeline: results are the same bytes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.core.isolated import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlpipe.core.worker import Job

ENGINE_VARIABLE = "DLPIPE_ENGINE"
"""`processes` (default): guarded processes of this machine. `threads`: of this process, without isolation."""

_LOCAL = ("processes", "threads")


def engine() -> str:
    """The engine that is asked for.

    Raises:
        DlpipeError: the variable names none.
    """
    value = os.environ.get(ENGINE_VARIABLE) or _LOCAL[0]
    if value not in _LOCAL:
        raise DlpipeError(
            f"{ENGINE_VARIABLE} is '{value}': {nearest(value, _LOCAL)}", "set it to one of them, or unset it"
        )
    return value


def results(job: Job, items: Sequence[Any], jobs: int) -> Iterator[Any]:
    """The job's function of every item in order, wherever it runs."""
    if engine() == "threads":
        from dlpipe.core.loop import each_quietly

        yield from each_quietly(job.function, items)
        return
    pool = Pool(job, min(jobs, max(1, len(items))))
    try:
        yield from pool.results(items)
    finally:
        pool.close()
