from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from safetensors.torch import save_file

from dlpipe.core import files
from dlpipe.core.execution import execute
from tests.evaluate.evaluated import NAME, evaluated_project
from tests.exported import small_network, trained_description
from tests.making import read_pipeline, write_pipeline

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project


def explainable(root: Path, classes: tuple[str, ...] = ("circles", "stripes"), **explain: Any) -> Project:
    """A project before its `explain`; keywords are the settings of that section."""
    quick = {"metrics": {"accuracy": {}}, "baselines": False, "out_of_distribution": False}
    project = evaluated_project(root, classes=classes, **quick)
    sections = read_pipeline(project, NAME)
    write_pipeline(project, NAME, {**sections, "explain": {"shortcut_samples": 20, **explain}})
    with files.replacing(project.outputs(NAME) / "train") as draft:
        save_file(small_network(len(classes)).state_dict(), draft / "weights.safetensors")
        files.write_json(draft / "model.json", trained_description(classes))
    execute("evaluate", NAME, project)
    return project


@pytest.fixture(scope="session")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which `explain` has run, an attack included."""
    attack = {"grey_levels": [4], "steps": 2, "num_samples": 4}
    project = explainable(
        tmp_path_factory.mktemp("explained") / "project", errors=6, unsure=3, per_class=2, attack=attack
    )
    execute("explain", NAME, project)
    return project
