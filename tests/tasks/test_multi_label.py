"""Multi-label: any number of classes in one cell, none included, and what nothing can be learnt from."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import MultiLabelBinarizer

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.tasks.multi_label import MultiLabel

_NAMES = st.text(st.characters(exclude_categories=["Cs", "Z", "C"], exclude_characters="|"), min_size=1, max_size=5)


def _labels(*labels: str | None) -> pl.Series:
    return pl.Series("label", labels, dtype=pl.String)


@pytest.mark.parametrize(
    ("cell", "written", "names"),
    (
        ("rust|dust", "dust|rust", ["dust", "rust"]),
        (" dust | rust|dust", "dust|rust", ["dust", "rust"]),
        ("", "", []),
        ("||", "", []),
        ("big crack", "big crack", ["big crack"]),
    ),
)
def test_a_cell_is_written_in_one_way_only(cell: str, written: str, names: list[str]):
    task = MultiLabel()
    assert task.written(cell) == written
    assert task.names(cell) == names
    assert task.joined(names) == written


def test_the_separator_is_a_setting():
    task = MultiLabel(separator=", ")
    assert task.names("rust, dust|x") == ["dust|x", "rust"]
    assert task.written("rust, dust") == "dust, rust"


def test_classes_are_those_that_any_sample_has():
    assert MultiLabel().classes(_labels("b|c", None, "", "a")) == ["a", "b", "c"]


@pytest.mark.parametrize(("labels", "held"), (((None, ""), "no class"), (("a", ""), "only the class 'a'")))
def test_fewer_than_two_classes_are_refused(labels: tuple[str | None, ...], held: str):
    with pytest.raises(DlpipeError, match=held) as caught:
        MultiLabel().classes(_labels(*labels))
    assert caught.value.exit_code == Exit.NO


def test_a_class_that_the_model_does_not_know_is_refused_by_name():
    with pytest.raises(DlpipeError, match="'rusty' is no class") as caught:
        MultiLabel().encode(_labels("rusty"), ["dust", "rust"])
    assert caught.value.fix == "did you mean 'rust'?"


@given(st.lists(st.sets(_NAMES, max_size=4), min_size=1, max_size=12))
def test_targets_are_those_of_scikit_learn(sets: list[set[str]]):
    task = MultiLabel()
    labels = _labels(*(task.joined(sorted(names)) for names in sets))
    classes = sorted(set().union(*sets))
    targets = task.encode(labels, classes)
    assert targets.dtype == np.uint8
    assert np.array_equal(targets, MultiLabelBinarizer(classes=classes).fit_transform(sets))
    assert task.decode(targets, classes) == labels.to_list()
