from __future__ import annotations

import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError
from dlpipe.split.strata import column, numbered, numbers_of, shortfalls, strata

SAMPLES = pl.DataFrame(
    {"id": ["a", "b", "c"], "digest": ["x"] * 3, "age": [30, None, 30], "label": ["cat", "dog", "cat"]}
)


def test_strata_are_combinations_and_unknown_is_one():
    of, names = strata(SAMPLES, ["age", "label"])
    assert names == ["30, cat", "unknown, dog"]
    assert of.tolist() == [0, 1, 0]
    assert strata(SAMPLES, [])[1] == ["all"]
    assert strata(SAMPLES.clear(), ["label"])[1] == []


def test_columns_are_text_with_nulls():
    assert column(SAMPLES, "age", "by").to_list() == ["30", None, "30"]


def test_a_missing_column_names_the_nearest_and_all():
    with pytest.raises(DlpipeError) as caught:
        column(SAMPLES, "labl", "stratify")
    assert caught.value.problem == "split.splitter.stratify: the samples have no column 'labl'; did you mean 'label'?"
    assert caught.value.fix == "name a column that they have: id, age, label"


def test_shortfalls_are_shares_far_from_the_wish_by_a_whole_sample():
    of, names = strata(SAMPLES.with_columns(label=pl.Series(["cat", "cat", "dog"])), ["label"])
    assert shortfalls(of, names, ["train", "train", None], (0.5, 0.5, 0.0)) == [
        "train has 2 of 2 of cat (100%, wished 50%)",
        "val has 0 of 2 of cat (0%, wished 50%)",
    ]
    assert shortfalls(of, names, ["train", "val", "train"], (0.6, 0.2, 0.2)) == []


def test_keys_are_numbered_in_their_order():
    of, known = numbered(pl.DataFrame({"a": ["y", "x", "y"], "b": ["1", "2", "1"]}))
    assert of.tolist() == [1, 0, 1]
    assert known.rows() == [("x", "2"), ("y", "1")]


def test_splits_have_numbers():
    assert numbers_of(["test", None, "train", "val"]).tolist() == [2, -1, 0, 1]
