"""What MLflow holds of a run that was evaluated: its numbers, its answers and its settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dlpipe.core.errors import DlpipeError
from dlpipe.tracking.registry import explained
from dlpipe.tracking.store import client_of, patient, store_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.core.project import Project

_KEY = re.compile(r"[0-9a-f]{6,32}")
_FILES = ("evaluation.json", "predictions.parquet")


@dataclass(frozen=True)
class Seen:
    """An evaluated run, its files on this machine."""

    run_id: str
    evaluation: Path
    predictions: Path
    params: Mapping[str, str]


def is_run(name: str) -> bool:
    """Whether a word may be the id or the key of a run, or how one begins."""
    return bool(_KEY.fullmatch(name))


def run_id_of(project: Project, name: str) -> str:
    """The run whose id or key begins with `name`.

    Raises:
        DlpipeError: there is none, or more than one (2); MLflow is away (4).
    """
    with explained(project, name, "compare"):
        client = client_of(store_of(project, None))
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
        runs = client.search_runs(experiments, max_results=10_000) if experiments else []
        found = [run for run in runs if f"{run.info.run_id}".startswith(name) or _key(run).startswith(name)]
    if not found:
        raise DlpipeError(f"MLflow has no run '{name}'", "`mlflow ui` shows them; name an id or how it begins")
    if len(found) > 1:
        ids = ", ".join(str(run.info.run_id) for run in found[:5])
        raise DlpipeError(f"{len(found)} runs begin with '{name}': {ids}", "name more letters of the id")
    return str(found[0].info.run_id)


def _key(run: object) -> str:
    return str(run.data.tags.get("dlpipe.run", ""))  # type: ignore[attr-defined] - MLflow's Run, not imported here


def evaluated_run(project: Project, run_id: str, folder: Path) -> Seen:
    """Downloads what `evaluate` has sent of a run.

    Raises:
        DlpipeError: nothing was sent, or by an older dlpipe (2); MLflow is away (4).
    """
    with explained(project, run_id, "compare"), patient():
        store = store_of(project, None)
        client = client_of(store)
        there = {Path(one.path).name for one in client.list_artifacts(run_id, "evaluate")}
        if lacking := [name for name in _FILES if name not in there]:
            _refuse_moved(store.artifacts, run_id, str(client.get_run(run_id).info.artifact_uri))
            problem = f"run {run_id} holds no evaluate/{lacking[0]}: it was never evaluated, or by an older dlpipe"
            raise DlpipeError(problem, "evaluate it again with this dlpipe (`dlpipe run NAME`), or compare another")
        evaluation, predictions = (
            Path(client.download_artifacts(run_id, f"evaluate/{name}", str(folder))) for name in _FILES
        )
        params = dict(client.get_run(run_id).data.params)
    return Seen(run_id, evaluation, predictions, params)


def _refuse_moved(artifacts: Path | None, run_id: str, place: str) -> None:
    """MLflow remembers folders in full: what lay beside a shared database that was moved since is not found."""
    if artifacts is None or not place.startswith("file:"):
        return
    folder = Path(unquote(urlsplit(place).path))
    if not folder.exists() and not folder.is_relative_to(artifacts):
        problem = f"the files of run {run_id} were written to {folder}, which is gone"
        raise DlpipeError(problem, "put that folder, or a link to it, back there; MLflow remembers where it was")
