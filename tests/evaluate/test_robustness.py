from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.evaluate import robustness
from dlpipe.evaluate.corruptions.brightness import Brightness
from dlpipe.evaluate.robustness import Subject, followed, measure, ruler_of, some_of
from dlpipe.metrics.accuracy import Accuracy
from dlpipe.metrics.auroc import Auroc
from dlpipe.metrics.ece import Ece
from dlpipe.predictor import Predictor
from dlpipe.statistics import by_label
from tests.evaluate.evaluated import NAME, samples_table
from tests.exported import decided_by, exported_folder

METRICS = {"ece": Ece(), "accuracy": Accuracy(), "auroc": Auroc()}


def table(count: int) -> pl.DataFrame:
    return pl.DataFrame({"id": [f"s{n}" for n in range(count)], "label": ["a" if n % 5 else "b" for n in range(count)]})


def test_some_samples_keep_the_labels_shares_and_grow_with_the_data() -> None:
    some = some_of(table(100), 20, 0)
    assert table(100)[some]["label"].value_counts(sort=True)["count"].to_list() == [16, 4]
    assert np.array_equal(some, some_of(table(100), 20, 0))
    assert not np.array_equal(some, some_of(table(100), 20, 1))
    assert np.array_equal(some_of(table(7), 20, 0), np.arange(7))


def test_follows_the_headlines_or_whatever_is_measured() -> None:
    assert list(followed(METRICS)) == ["auroc", "accuracy"]
    assert list(followed({"ece": Ece()})) == ["ece"]


@pytest.fixture
def subject(project) -> Subject:
    samples = samples_table(project).gather_every(5)
    y_true = (samples["label"] == "stripes").to_numpy().astype(np.int64)
    ruler = ruler_of(METRICS, y_true, by_label(y_true, 100, 0), 0.95)
    return Subject(Predictor(project.outputs(NAME) / "export"), project.data(NAME) / "raw", samples, ruler, 0)


def clean_answers(subject: Subject) -> Any:
    from dlpipe.evaluate.scoring import scored

    return scored(subject.predictor, subject.raw, subject.samples)


def test_nothing_lost_where_nothing_is_changed(subject: Subject) -> None:
    found = measure(subject, {"brightness": Brightness(strengths=(0, 0, 0, 0, 0))}, clean_answers(subject))
    for metric, clean in found["clean"].items():
        assert found["by_corruption"]["brightness"]["strength_5"][metric] == clean
        assert found["mean"][metric]["value"] == pytest.approx(clean["value"], abs=1e-6)
        assert found["relative_drop"][metric]["value"] == pytest.approx(0, abs=1e-6)


def test_every_strength_stands_with_its_interval_and_the_mean_is_theirs(subject: Subject) -> None:
    found = measure(subject, {"brightness": Brightness()}, clean_answers(subject))
    assert found["n"] == 24
    steps = found["by_corruption"]["brightness"]
    values = [steps[f"strength_{level}"]["accuracy"]["value"] for level in range(1, 6)]
    assert steps["mean"]["accuracy"]["value"] == pytest.approx(np.mean(values), abs=1e-6)
    assert found["mean"]["accuracy"] == steps["mean"]["accuracy"]
    lost = 1 - np.mean(values) / found["clean"]["accuracy"]["value"]
    assert steps["relative_drop"]["accuracy"]["value"] == pytest.approx(lost, abs=1e-5)
    assert steps["mean"]["accuracy"]["low"] <= steps["mean"]["accuracy"]["value"] <= steps["mean"]["accuracy"]["high"]
    assert measure(subject, {"brightness": Brightness()}, clean_answers(subject)) == found


def test_a_model_that_decides_by_group_gets_the_group_of_every_strength(subject: Subject, tmp_path: Path) -> None:
    model = Predictor(exported_folder(tmp_path / "export", **decided_by("site", {"north": 0.0, "south": 2.0})))
    sites = pl.Series("site", ["north", "south", "south"] * 8)
    grouped = replace(subject, predictor=model, samples=subject.samples.with_columns(sites))
    for said in robustness._answers(grouped, "brightness", Brightness()):
        assert said.predicted.tolist() == [1, 0, 0] * 8


def test_no_corruptions_measure_nothing(subject: Subject) -> None:
    assert measure(subject, {}, clean_answers(subject)) == {}


def test_samples_of_another_modality_are_refused(subject: Subject) -> None:
    other: Any = SimpleNamespace(modality=SimpleNamespace(name="text"))
    with pytest.raises(DlpipeError, match="brightness cannot change samples of the modality 'text'") as caught:
        measure(Subject(other, subject.raw, subject.samples, subject.ruler, 0), {"brightness": Brightness()}, None)  # type: ignore[arg-type]
    assert caught.value.exit_code == Exit.INPUT


def test_a_drop_from_nothing_is_undefined() -> None:
    zero, one = robustness._Mean(np.zeros(1), np.zeros((3, 1))), robustness._Mean(np.ones(1), np.ones((3, 1)))
    assert np.isnan(robustness._drop(zero, one).values).all()
    assert robustness._drop(one, zero).values.tolist() == [1]
