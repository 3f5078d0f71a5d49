from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from tests.evaluate.evaluated import NAME
from tests.explain.conftest import explainable

SHEETS = ["errors.png", "unsure.png", "class_1.png", "class_2.png"]


def test_writes_what_people_look_at_and_the_gate_reads(explained) -> None:
    out = explained.outputs(NAME) / "explain"
    found = files.read_json(out / "explanations.json")
    maps = [row["map"] for row in found["samples"]]
    assert set(files.digests(out)) == {*SHEETS, *maps, "explanations.json", "summary.json"}
    assert found["model_digest"] == files.digest(explained.outputs(NAME) / "export" / "model.onnx")
    assert found["method"] == "gradcam"
    assert set(found["faithfulness"]) == {"gradcam", "occlusion"}
    assert all(isinstance(sentence, str) for sentence in found["reasons"])
    assert found["adversarial"]["pgd"]["grey_levels_4"]["n"] == 4
    for name in maps:
        assert Image.open(out / name).size == (32, 32)


def test_the_errors_are_the_surest_of_the_evaluation(explained) -> None:
    found = files.read_json(explained.outputs(NAME) / "explain" / "explanations.json")
    table = pl.read_parquet(explained.outputs(NAME) / "evaluate" / "predictions.parquet")
    wrong = table.filter(pl.col("label") != pl.col("predicted"))
    sure = pl.when(pl.col("predicted") == "circles").then("p.circles").otherwise("p.stripes")
    wanted = (
        wrong.with_columns(sure=sure.round(6)).sort(["sure", "id"], descending=[True, False]).head(6)["id"].to_list()
    )
    assert found["galleries"]["errors"]["ids"] == wanted
    assert found["num_errors"] == wrong.height


def test_the_same_inputs_give_the_same_bytes(explained) -> None:
    out = explained.outputs(NAME) / "explain"
    first = files.digests(out)
    execute("explain", NAME, explained)
    assert files.digests(out) == first


def test_occlusion_alone_and_three_classes(tmp_path: Path) -> None:
    project = explainable(
        tmp_path, ("circles", "squares", "stripes"), method="occlusion", errors=3, unsure=1, per_class=1
    )
    execute("explain", NAME, project)
    found = files.read_json(project.outputs(NAME) / "explain" / "explanations.json")
    assert list(found["faithfulness"]) == ["occlusion"]
    assert found["shortcut"]["measured_by"] == "balanced_accuracy"
    assert found["shortcut"]["chance"] == pytest.approx(1 / 3, abs=1e-6)
    assert "class 3" in found["galleries"]


def test_nothing_asked_for_is_explained(tmp_path: Path) -> None:
    project = explainable(tmp_path, errors=0, unsure=0, per_class=0)
    execute("explain", NAME, project)
    found = files.read_json(project.outputs(NAME) / "explain" / "explanations.json")
    assert found["num_explained"] == 0
    assert found["samples"] == []
    assert found["shortcut"]["border_attribution"]["share"]["value"] is None


def test_another_models_weights_end_with_5(tmp_path: Path) -> None:
    project = explainable(tmp_path)
    model = project.outputs(NAME) / "export" / "model.onnx"
    model.write_bytes(model.read_bytes() + b"\0")
    with pytest.raises(DlpipeError) as caught:
        execute("explain", NAME, project)
    assert caught.value.exit_code == Exit.INTEGRITY
    assert not (project.outputs(NAME) / "explain").exists()
