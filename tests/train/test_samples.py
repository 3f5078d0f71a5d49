from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_sample_weight

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.dataset import Dataset
from dlpipe.train.samples import Lesson, balanced, lesson
from tests.trainable import config_of

DATASET = Dataset.model_validate({"modality": {"name": "image"}, "task": {"name": "classification"}})


def table(
    rows: list[tuple[str, str | None, str | None]], confidences: list[float | None] | None = None
) -> pl.DataFrame:
    """Rows of (id, label, split)."""
    return pl.DataFrame(
        {
            "id": [row[0] for row in rows],
            "label": [row[1] for row in rows],
            "label_confidence": confidences or [1.0] * len(rows),
            "split": [row[2] for row in rows],
        },
        schema={"id": pl.String, "label": pl.String, "label_confidence": pl.Float64, "split": pl.String},
    )


ROWS: list[tuple[str, str | None, str | None]] = [
    ("d", "good", "train"),
    ("a", "bad", "train"),
    ("b", "good", "val"),
    ("c", None, "train"),
    ("e", "bad", None),
    ("f", "good", "test"),
    ("g", "good", "train"),
]


def taken(rows: Any = ROWS, confidences: Any = None, **settings: Any) -> Lesson:
    return lesson(table(rows, confidences), DATASET, config_of(**settings))


def test_labelled_samples_of_train_and_val_are_taken_in_order() -> None:
    found = taken()
    assert found.classes == ["bad", "good"]
    assert found.train.ids == ["a", "d", "g"]
    assert found.train.targets.tolist() == [0, 1, 1]
    assert found.val.ids == ["b"]
    assert found.train.weights.tolist() == found.train.confidences.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("rows", "said"),
    (
        ([("a", "good", "train"), ("b", "good", "val")], "only the class 'good'"),
        ([("a", "good", "train"), ("b", "bad", "train")], "the split 'val' holds no labelled sample"),
        ([("a", "good", "train"), ("b", "bad", "val")], "no training sample shows the class 'bad'"),
    ),
)
def test_what_cannot_be_learnt_is_refused(rows: Any, said: str) -> None:
    with pytest.raises(DlpipeError, match=said) as caught:
        taken(rows)
    assert caught.value.exit_code == Exit.NO


def test_doubt_weighs_or_is_kept_for_soft_targets() -> None:
    confidences = [0.75, 0.5, None, None, None, None, 1.0]
    weighed = taken(confidences=confidences, label_doubt="weight")
    assert weighed.train.weights.tolist() == [0.5, 0.75, 1.0]
    assert weighed.val.weights.tolist() == [1.0]
    soft = taken(confidences=confidences, label_doubt="soft_target")
    assert soft.train.weights.tolist() == [1, 1, 1]
    assert soft.train.confidences.tolist() == [0.5, 0.75, 1.0]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=80))
def test_balanced_weights_are_scikit_learns(targets: list[int]) -> None:
    array = np.array(targets)
    assert balanced(array, 4) == pytest.approx(compute_sample_weight("balanced", array))


def test_balanced_classes_weigh_the_same() -> None:
    found = taken(class_weights="balanced")
    assert found.train.weights.tolist() == [1.5, 0.75, 0.75]
