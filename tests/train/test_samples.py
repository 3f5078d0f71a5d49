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


SEVERAL = Dataset.model_validate({"modality": {"name": "image"}, "task": {"name": "multi_label"}})
SETS: list[tuple[str, str | None, str | None]] = [
    ("a", "dust|rust", "train"),
    ("b", "", "train"),
    ("c", "rust", "train"),
    ("d", "dust", "val"),
    ("e", None, None),
]


def test_of_several_labels_targets_are_sets_and_class_weights_lie_beside_the_samples() -> None:
    found = lesson(table(SETS), SEVERAL, config_of(class_weights="balanced"))
    assert found.classes == ["dust", "rust"]
    assert found.train.targets.tolist() == [[1, 1], [0, 0], [0, 1]]
    assert found.train.weights.tolist() == [1, 1, 1]
    assert found.train.class_weights is not None
    assert pytest.approx(np.array([[0.75, 1.5], [1.5, 0.75]])) == found.train.class_weights.T
    assert taken().train.class_weights is None


def test_a_class_that_no_training_sample_shows_is_named_of_sets_too() -> None:
    rows = [*SETS, ("f", "crack|dust", "val")]
    with pytest.raises(DlpipeError, match="no training sample shows the class 'crack'"):
        lesson(table(rows), SEVERAL, config_of())


@pytest.mark.parametrize(
    ("settings", "named"),
    (
        ({"group_balance": "sampling", "groups": ["site"]}, "group_balance"),
        ({"objective": {"name": "group_dro"}, "groups": ["site"]}, "objective"),
        ({"label_doubt": "soft_target"}, "label_doubt"),
    ),
)
def test_settings_of_one_class_a_sample_are_refused_where_there_may_be_several(
    settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(DlpipeError, match=rf"train\.{named} goes by the one class of a sample") as caught:
        lesson(table(SETS), SEVERAL, config_of(**settings))
    assert caught.value.exit_code == Exit.INPUT
    assert f"`{named}`" in caught.value.fix
