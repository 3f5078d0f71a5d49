"""Classification: classes by name, the positive one, and labels that nothing can be learnt from."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.tasks.classification import Classification


def _labels(*labels: str | None) -> pl.Series:
    return pl.Series("label", labels, dtype=pl.String)


def test_classes_are_sorted_and_without_null():
    assert Classification().classes(_labels("ok", "bad", None, "ok")) == ["bad", "ok"]


@pytest.mark.parametrize(
    ("labels", "held"), (((), "no label"), ((None, None), "no label"), (("a",), "only the class 'a'"))
)
def test_fewer_than_two_classes_are_no_question(labels: tuple[str, ...], held: str):
    with pytest.raises(DlpipeError, match=held) as caught:
        Classification().classes(_labels(*labels))
    assert caught.value.exit_code == Exit.NO


def test_a_positive_class_that_no_sample_has_gets_the_nearest():
    with pytest.raises(DlpipeError, match="'defect' is no label of this data") as caught:
        Classification(positive_class="defect").classes(_labels("defective", "functional"))
    assert caught.value.fix == "did you mean 'defective'?"


def test_labels_become_their_classes_numbers():
    targets = Classification().encode(_labels("b", "a", "b"), ["a", "b"])
    assert targets.dtype == np.int64
    assert targets.tolist() == [1, 0, 1]


def test_an_unknown_label_is_a_bug():
    with pytest.raises(KeyError):
        Classification().encode(_labels("c"), ["a", "b"])


@pytest.mark.parametrize(
    ("chosen", "classes", "positive"),
    ((None, ["a", "b"], 1), ("a", ["a", "b"], 0), ("b", ["a", "b"], 1), (None, ["a", "b", "c"], None)),
)
def test_the_positive_class(chosen: str | None, classes: list[str], positive: int | None):
    assert Classification(positive_class=chosen).positive(classes) == positive


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2))
def test_any_text_is_a_label(labels: list[str]):
    series, task = _labels(*labels), Classification()
    if len(set(labels)) < 2:
        return
    classes = task.classes(series)
    assert set(classes) == set(labels)
    assert task.decode(task.encode(series, classes), classes) == labels
