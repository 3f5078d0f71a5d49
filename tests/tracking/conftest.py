"""A project whose MLflow store is there already."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlpipe.core.project import Project
from tests.tracking.stores import made_database, project_with

_SETTINGS = (
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
    "MLFLOW_HTTP_REQUEST_TIMEOUT",
    "MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL",
)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_database(tmp_path_factory.getbasetemp())


@pytest.fixture
def project(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for variable in _SETTINGS:
        monkeypatch.delenv(variable, raising=False)
    return project_with(database, tmp_path / "project")
