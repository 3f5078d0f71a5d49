from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.explain.choosing import answers_of, choose

CLASSES = ("a", "b")
POSITIVE = [0.9, 0.2, 0.55, 0.7, 0.1, 0.95]
LABELS = ["b", "a", "a", "a", "b", "b"]
SAMPLES = pl.DataFrame({"id": [*list("uvwxyz"), "t"], "label": [*LABELS, "a"], "split": ["test"] * 6 + ["train"]})
PREDICTIONS = pl.DataFrame(
    {
        "id": list("zyxwvu"),
        "label": LABELS[::-1],
        "predicted": ["b" if one >= 0.5 else "a" for one in POSITIVE[::-1]],
        "p.a": [1 - one for one in POSITIVE[::-1]],
        "p.b": POSITIVE[::-1],
    }
)


def ids(positions: list[int]) -> str:
    return "".join("uvwxyz"[at] for at in positions)


def test_galleries_hold_the_surest_errors_the_least_sure_and_each_class() -> None:
    found = choose(answers_of(SAMPLES, PREDICTIONS, CLASSES), CLASSES, errors=2, unsure=1, per_class=1)
    assert {name: ids(positions) for name, positions in found.items()} == {
        "errors": "yx",
        "unsure": "w",
        "class 1": "v",
        "class 2": "z",
    }


def test_no_more_than_there_are() -> None:
    found = choose(answers_of(SAMPLES, PREDICTIONS, CLASSES), CLASSES, errors=32, unsure=0, per_class=9)
    assert ids(found["errors"]) == "yxw"
    assert found["unsure"] == []
    assert ids(found["class 2"]) == "zu"


def test_answers_stand_in_the_order_of_ids_whatever_the_tables_order() -> None:
    found = answers_of(SAMPLES, PREDICTIONS, CLASSES)
    assert found.samples["id"].to_list() == list("uvwxyz")
    assert found.is_wrong.tolist() == [False, False, True, True, True, False]
    assert found.sureness == pytest.approx([0.9, 0.8, 0.55, 0.7, 0.9, 0.95])
    assert found.y_true.dtype == np.int64


@pytest.mark.parametrize("predictions", (PREDICTIONS.head(3), PREDICTIONS.drop("p.b")))
def test_predictions_of_other_samples_or_classes_end_with_5(predictions: pl.DataFrame) -> None:
    with pytest.raises(DlpipeError) as caught:
        answers_of(SAMPLES, predictions, CLASSES)
    assert caught.value.exit_code == Exit.INTEGRITY
