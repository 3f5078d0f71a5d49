"""A bare project with a real MLflow database in it, made once and copied: making one takes seconds."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core.project import Project
from dlpipe.tracking.store import prepare, store_of

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

PIPELINE = "demo"


def bare_project(root: Path) -> Project:
    """A folder that dlpipe takes for a project."""
    (root / "pipelines").mkdir(parents=True)
    (root / "dvc.yaml").write_text("stages: {}\n")
    (root / "pipelines" / f"{PIPELINE}.yaml").write_text("dataset: {}\n")
    return Project(root)


@cache
def made_database(base: Path) -> Path:
    """MLflow's database, empty; one for all tests, below pytest's own folder."""
    project = bare_project(base / "mlflow-made")
    prepare(store_of(project, PIPELINE))
    return project.root / "mlflow.db"


def project_with(database: Path, root: Path) -> Project:
    """A project with a copy of an empty database."""
    project = bare_project(root)
    shutil.copyfile(database, root / "mlflow.db")
    return project


def client(project: Project) -> MlflowClient:
    """MLflow's own view of the project's store."""
    from mlflow.tracking import MlflowClient

    return MlflowClient(f"sqlite:///{project.root}/mlflow.db")


def runs(project: Project, seen: Any = None) -> list[Run]:
    """All runs of the pipeline's experiment."""
    seen = seen or client(project)
    experiment = seen.get_experiment_by_name(PIPELINE)
    return list(seen.search_runs([experiment.experiment_id])) if experiment else []


def points(project: Project, name: str, seen: Any = None) -> list[tuple[int, float]]:
    """(step, value) of a metric of the only run."""
    seen = seen or client(project)
    (run,) = runs(project, seen)
    return [(point.step, point.value) for point in seen.get_metric_history(run.info.run_id, name)]
