from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core import files
from dlpipe.core.execution import execute
from tests.evaluate.evaluated import NAME, evaluated_project

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Everything before `evaluate`, over 120 pictures of two classes."""
    return evaluated_project(tmp_path / "project")


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `evaluate` wrote, made once."""
    project = evaluated_project(tmp_path_factory.mktemp("evaluated") / "project")
    execute("evaluate", NAME, project)
    return project.outputs(NAME) / "evaluate"


@pytest.fixture
def evaluation(evaluated: Path) -> dict[str, Any]:
    return files.read_json(evaluated / "evaluation.json")
