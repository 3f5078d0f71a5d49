"""Several labels are not explained yet, which is said and stops nothing; an attack is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import described
from dlpipe.core.stage import STAGES, Inputs
from dlpipe.dataset import Dataset
from dlpipe.explain.several import not_explained
from dlpipe.explain.stage import Config, run
from dlpipe.tasks.multi_label import MultiLabel
from tests.exported import exported_folder
from tests.making import make_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    project = make_project(tmp_path / "project", num_samples=1)
    changes = {"schema_version": 3, "task": described(MultiLabel()), "thresholds": [0.5] * 3}
    exported_folder(project.outputs("demo") / "export", ("a", "b", "c"), **changes)
    dataset = Dataset.model_validate({"modality": {"name": "image"}, "task": {"name": "multi_label"}})
    return Inputs(STAGES["explain"], "demo", project, dataset, project.data("demo") / "raw")


def test_it_says_so_of_this_model(inputs: Inputs, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (note,) = run(Config(), inputs, out).notes
    assert note.startswith("nothing is explained: maps")
    told = files.read_json(out / "explanations.json")
    published = files.read_json(inputs.path("export/model.onnx").with_name(files.DIGESTS))
    assert told["model_digest"] == published["model.onnx"]
    assert "explain" in told["left_out"]


def test_an_attack_is_refused(inputs: Inputs) -> None:
    with pytest.raises(DlpipeError, match=r"explain\.attack turns the one answer") as caught:
        not_explained(Config.model_validate({"attack": {}}), inputs)
    assert caught.value.exit_code == Exit.INPUT
