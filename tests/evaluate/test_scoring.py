from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.dataset import Dataset
from dlpipe.evaluate.scoring import check_same, parts_of, scored, seen_in_training
from dlpipe.predictor import Predictor
from tests.evaluate.evaluated import NAME, samples_table
from tests.exported import decided_by, exported_folder

DATASET = Dataset.model_validate({"modality": {"name": "image", "size_px": 32}, "task": {"name": "classification"}})


def samples(splits: str, **columns: Any) -> pl.DataFrame:
    """A row a letter: t(rain), v(al), e(valuated), - for none; labels alternate."""
    named = {"t": "train", "v": "val", "e": "test", "-": None}
    ids = [str(number) for number in range(len(splits))]
    base = {
        "id": ids,
        "path": ids,
        "digest": ids,
        "label": ["ab"[number % 2] for number in range(len(splits))],
        "split": [named[letter] for letter in splits],
    }
    return pl.DataFrame({**base, **columns})


def test_parts_are_disjoint_and_leave_out_what_has_no_place() -> None:
    found = parts_of(samples("ttve-e"))
    assert {name: part.height for name, part in found.items()} == {"train": 2, "val": 1, "test": 2}
    assert not set(found["test"]["id"]) & set(found["train"]["id"])


def test_no_test_samples_are_refused() -> None:
    with pytest.raises(DlpipeError, match="nothing to measure") as caught:
        parts_of(samples("ttv"))
    assert caught.value.exit_code == Exit.NO


@pytest.mark.parametrize("columns", ({"id": ["0", "0", "1", "2"]}, {"label": ["a", "b", None, "a"]}))
def test_two_places_for_one_sample_or_a_place_without_a_label_is_a_bug(columns: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="split gave"):
        parts_of(samples("tvee", **columns))


def test_the_same_bytes_in_train_or_val_are_counted() -> None:
    assert seen_in_training(parts_of(samples("tvee", digest=["x", "y", "x", "y"]))) == 2
    assert seen_in_training(parts_of(samples("tvee"))) == 0


def test_rows_of_one_table_share_a_digest_and_are_not_counted() -> None:
    assert seen_in_training(parts_of(samples("tvee", digest=["x"] * 4, row=[0, 1, 2, 3]))) == 0


def predictor(**changes: Any) -> Any:
    return SimpleNamespace(**{"classes": ["a", "b"], "positive": 1, "modality": DATASET.modality, **changes})


def test_a_model_of_this_data_is_taken() -> None:
    check_same(predictor(), DATASET, parts_of(samples("ttee")))


@pytest.mark.parametrize(
    ("changes", "what"),
    (
        ({"classes": ["b", "a"]}, "classes"),
        ({"classes": ["a", "b", "c"]}, "classes"),
        ({"positive": 0}, "positive class"),
        ({"modality": DATASET.modality.model_copy(update={"size_px": 64})}, "modality"),
    ),
)
def test_a_model_of_other_classes_or_preprocessing_is_refused(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(DlpipeError, match=what) as caught:
        check_same(predictor(**changes), DATASET, parts_of(samples("ttee")))
    assert caught.value.exit_code == Exit.INTEGRITY


def test_answers_are_the_predictors_own_in_the_tables_order(project) -> None:
    model = Predictor(project.outputs(NAME) / "export")
    table = samples_table(project).sample(fraction=1, shuffle=True, seed=0).head(9)
    raw = project.data(NAME) / "raw"
    found = scored(model, raw, table)
    answers = model.predict([(raw / path).read_bytes() for path in table["path"]])
    assert [model.classes[index] for index in found.predicted] == [answer.label for answer in answers]
    wanted = np.array([[answer.probabilities[name] for name in model.classes] for answer in answers])
    assert found.probabilities == pytest.approx(wanted, abs=1e-6)
    assert found.positive == model.positive


def test_a_model_that_decides_by_group_gets_the_group_of_every_row(project, tmp_path: Path) -> None:
    table = samples_table(project).sample(fraction=1, shuffle=True, seed=0).head(9)
    sites = ["north", "south", None] * 3
    changes = decided_by("site", {"north": 0.0, "south": 2.0, "(missing)": 0.0})
    model = Predictor(exported_folder(tmp_path / "export", **changes))
    raw = project.data(NAME) / "raw"
    found = scored(model, raw, table.with_columns(pl.Series("site", sites)))
    assert found.predicted.tolist() == [1, 0, 1] * 3
    with pytest.raises(DlpipeError, match="no rule for 'east'") as caught:
        scored(model, raw, table.with_columns(site=pl.lit("east")))
    assert caught.value.exit_code == Exit.NO
