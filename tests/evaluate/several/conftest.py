from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core import files
from dlpipe.core.execution import execute
from tests.evaluate.evaluated import NAME
from tests.evaluate.several.planted import several_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def of_sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `evaluate` wrote of samples of several labels, made once."""
    project = several_project(tmp_path_factory.mktemp("several") / "project", cluster_by=None)
    execute("evaluate", NAME, project)
    return project.outputs(NAME) / "evaluate"


@pytest.fixture
def evaluation_of_sets(of_sets: Path) -> dict[str, Any]:
    return files.read_json(of_sets / "evaluation.json")
