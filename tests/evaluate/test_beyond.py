from __future__ import annotations

from pathlib import Path

import pytest

from dlpipe.core import files
from dlpipe.core.execution import execute
from dlpipe.gate.limits import numbers
from tests.evaluate.evaluated import NAME, evaluated_project, samples_table, write_samples
from tests.making import write_pictures


def evaluation(project) -> dict:
    execute("evaluate", NAME, project)
    return files.read_json(project.outputs(NAME) / "evaluate" / "evaluation.json")


def test_all_of_it_can_be_named_by_the_gate(tmp_path: Path) -> None:
    write_pictures(tmp_path / "birds", 5, 40)
    settings = {"robustness": {"jpeg": {}}, "robustness_samples": 10, "foreign": {"birds": str(tmp_path / "birds")}}
    project = evaluated_project(tmp_path / "project", metrics={"accuracy": {}}, baselines=False, **settings)
    known = numbers(evaluation(project))
    assert known["robustness.by_corruption.jpeg.strength_3.accuracy"]["value"] is not None
    assert known["robustness.relative_drop.accuracy"]["value"] is not None
    assert 0 <= known["out_of_distribution.sets.birds.scores.energy.auroc"]["value"] <= 1
    assert known["near_duplicates.count"]["value"] == 0


def test_copies_of_train_samples_in_the_test_are_said(project, capsys: pytest.CaptureFixture[str]) -> None:
    import polars as pl
    from PIL import Image

    raw, samples = project.data(NAME) / "raw", samples_table(project)
    train = samples.filter(pl.col("split") == "train")["path"][0]
    test = samples.filter(pl.col("split") == "test")["path"][0]
    with Image.open(raw / train) as picture:
        picture.resize((30, 30)).save(raw / test)
    write_samples(project, samples_table(project))
    found = evaluation(project)
    assert {"id": test, "like": train} in [
        {key: pair[key] for key in ("id", "like")} for pair in found["near_duplicates"]["pairs"]
    ]
    assert "copies of train or val samples" in capsys.readouterr().err


def test_what_is_switched_off_is_not_looked_at(tmp_path: Path) -> None:
    project = evaluated_project(tmp_path, metrics={"accuracy": {}}, baselines=False, out_of_distribution=False)
    found = evaluation(project)
    assert found["robustness"] == found["near_duplicates"] == found["out_of_distribution"] == {}
