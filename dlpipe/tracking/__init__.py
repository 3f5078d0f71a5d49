"""Tells MLflow what a training does, without the training ever waiting for it.

Everything goes first to an append-only journal on this machine (`.dlpipe/journal/<key>.jsonl`); a side thread feeds
MLflow from it, and what a server that was away has missed is sent by a later command, exactly once. A run is known by
its `key` (tag `dlpipe.run`), which exists before MLflow has answered. This is the one place that imports mlflow.
Only rank 0 of a distributed run may call anything in here.

    with open_run(project, pipeline, key, note="…") as run:     the training; a resumed one opens the same key again
        run.params({"train": {"batch_size": 32}})               nested mappings become `train.batch_size`
        run.dataset(pipeline, digest, source, "training")       digest: `core.dvc.output_digest(project, "split", …)`
        run.metrics({"train/loss": 0.3}, step=epoch)            None is left out; NaN and infinity are kept
        run.artifact(path, folder="plots")                      copied at once: the file may move or go afterwards
    # FINISHED here; FAILED after an exception; KILLED after a signal, or at the next start after a SIGKILL

    with attach_run(project, pipeline, key) as run: …           evaluate, register: adds, leaves the status alone
    deliver(project)                                            `dlpipe run`, `dlpipe sync`: sends what has waited
"""

from __future__ import annotations

from dlpipe.tracking.delivery import Delivery, deliver
from dlpipe.tracking.opening import attach_run, new_key, open_run
from dlpipe.tracking.run import Run, Status
from dlpipe.tracking.store import how_to_look, run_url_hint

__all__ = [
    "Delivery",
    "Run",
    "Status",
    "attach_run",
    "deliver",
    "how_to_look",
    "new_key",
    "open_run",
    "run_url_hint",
]
