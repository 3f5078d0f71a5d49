"""Opens runs: a training's own, or one that has ended and gets more."""

from __future__ import annotations

import os
import socket
import uuid
from typing import TYPE_CHECKING, Any

from dlpipe.core.rank import is_main_rank
from dlpipe.core.say import say
from dlpipe.tracking import delivery, names, origin
from dlpipe.tracking.journal import Journal
from dlpipe.tracking.run import Run
from dlpipe.tracking.store import Store, prepare, store_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.core.project import Project


def new_key() -> str:
    """A key for a run that does not exist yet: a random UUID in hex. A resumed training keeps its old one."""
    return uuid.uuid4().hex


def open_run(
    project: Project,
    pipeline: str,
    key: str,
    *,
    note: str = "",
    tags: Mapping[str, str] | None = None,
    system_metrics: bool = True,
) -> Run:
    """Starts the run of a training in this process, or goes on with it if the key has been open before.

    The experiment is the pipeline. Tags for commit, branch, dirty flag, licence and dlpipe's version are set here; runs
    of this project whose process has died are marked KILLED. Imports mlflow (about 2 s).

    Args:
        project: The project.
        pipeline: Name of the pipeline.
        key: `new_key()`, or the key of the training that is resumed.
        note: Short Markdown that MLflow shows on the run's page.
        tags: More tags.
        system_metrics: Whether CPU, memory, disk and GPU are sampled while the run is open.

    Raises:
        DlpipeError: the store cannot be used (a `file:` store, a damaged database, another schema), or the run is open
            in another process. A server that is away is no reason.
    """
    store, run = _opened(project, pipeline, key, owns=True)
    for dead in delivery.end_dead_runs(store, but=key):
        say.note(f"MLflow: run {dead[:8]} was killed and is marked so")
    said = {
        **origin.origin_tags(project, pipeline),
        "mlflow.source.name": f"dlpipe train {pipeline}",
        **({"mlflow.note.content": note} if note else {}),
        **(tags or {}),
    }
    begin = _beginning(store, pipeline, key, said)
    return run.begin("open", begin, system_metrics=system_metrics)


def attach_run(project: Project, pipeline: str, key: str) -> Run:
    """Opens a run that has ended, to add to it; its status stays. Where this store has no such run, it is made.

    Raises:
        DlpipeError: as `open_run`.
    """
    store, run = _opened(project, pipeline, key, owns=False)
    tags = {"dlpipe.pipeline": pipeline, "dlpipe.trained": "elsewhere"}
    return run.begin("attach", _beginning(store, pipeline, key, tags), system_metrics=False)


def _opened(project: Project, pipeline: str, key: str, *, owns: bool) -> tuple[Store, Run]:
    if not is_main_rank():
        raise ValueError("only rank 0 may track; a bug of the caller")
    store = store_of(project, pipeline)
    prepare(store)
    return store, Run(store, Journal(store.journals, key), owns=owns)


def _beginning(store: Store, pipeline: str, key: str, tags: Mapping[str, str]) -> dict[str, Any]:
    return {
        "experiment": pipeline,
        "name": f"{pipeline}-{key[:8]}",
        "store": store.identity,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "tags": names.safe_tags(tags),
    }
