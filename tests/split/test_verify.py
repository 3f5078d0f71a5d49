from __future__ import annotations

import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import find
from dlpipe.split.splitters import Splitter
from dlpipe.split.verify import count, refuse_empty


def table(rows: dict[str, str]) -> pl.DataFrame:
    """`{"cat": "train train val"}` as samples."""
    pairs = [(label, split) for label, splits in rows.items() for split in splits.split()]
    return pl.DataFrame(pairs, schema=["label", "split"], orient="row")


def refused(rows: dict[str, str], name: str = "hashed", **settings: str) -> DlpipeError:
    samples = table(rows).with_columns(site=pl.lit("north"), day=pl.int_range(pl.len()).cast(pl.String))
    with pytest.raises(DlpipeError) as caught:
        refuse_empty(count(samples, sorted(rows)), find(Splitter, name)(**settings), samples)
    assert caught.value.exit_code == Exit.NO
    return caught.value


def test_counts_hold_zeros():
    assert count(table({"cat": "train train val", "dog": "test"}), ["cat", "dog"]) == {
        "train": {"cat": 2, "dog": 0},
        "val": {"cat": 1, "dog": 0},
        "test": {"cat": 0, "dog": 1},
    }


def test_a_whole_split_passes():
    samples = table({"cat": "train val test", "dog": "train train val test"})
    refuse_empty(count(samples, ["cat", "dog"]), find(Splitter, "hashed")(), samples)


def test_an_empty_split_is_a_no_with_numbers():
    error = refused({"cat": "train train", "dog": "train val"})
    assert error.problem == "the split leaves no sample for test (train 3, val 1, test 0)"


def test_a_class_with_one_sample_is_one_clear_sentence():
    error = refused({"cat": "train train val test", "dog": "train"})
    assert error.problem == "class 'dog' has only one sample: train, val and test need at least one each"
    assert error.fix == "add samples of 'dog', or take the class out"


def test_a_class_that_misses_a_split_by_chance_leads_to_stratified():
    error = refused({"cat": "train train val test", "dog": "train train train val"})
    assert error.problem == "none of the 4 samples of class 'dog' is in test"
    assert "split: {splitter: {name: stratified}}" in error.fix


def test_of_several_the_smallest_class_is_told():
    error = refused({"ant": "train train train", "bee": "train train val test", "cow": "train val"})
    assert error.problem == (
        "class 'cow' has only 2 samples: train, val and test need at least one each; 1 further class is missing somewhere too"
    )


@pytest.mark.parametrize(
    ("name", "settings", "word"),
    (
        ("grouped", {"by": "day"}, "finer groups"),
        ("predefined", {"column": "site"}, "val_from_train"),
        ("random", {}, "one sample of 5 is 0.2"),
    ),
)
def test_the_fix_fits_the_splitter(name: str, settings: dict[str, str], word: str):
    assert word in refused({"cat": "train train", "dog": "train val val"}, name, **settings).fix


def test_a_class_in_too_few_groups_leads_to_a_finer_column():
    error = refused({"cat": "train train val test", "dog": "train train train"}, "grouped", by="site")
    assert error.problem == (
        "the 3 samples of class 'dog' lie in 1 of the groups of 'site', which stay whole: train, val and test need 3"
    )
    assert error.fix == "for 'dog' group by a column with at least 3 values: 'day' (3 values); or take the class out"
