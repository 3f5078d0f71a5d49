from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.split.splitters import SPLITS
from dlpipe.split.splitters.time import Time
from tests.split.population import WISH

SPLITTER = Time(column="taken")


def at(*taken: str | None) -> pl.DataFrame:
    ids = [f"{number:03}" for number in range(len(taken))]
    return pl.DataFrame({"id": ids, "taken": taken}, schema={"id": pl.String, "taken": pl.String})


def test_the_past_is_learnt_from_and_the_future_tested_on():
    days = [f"2024-01-{day:02}" for day in range(1, 21)]
    splits = SPLITTER.assign(at(*reversed(days)), WISH).splits
    assert splits == ["test"] * 3 + ["val"] * 3 + ["train"] * 14


@given(st.lists(st.integers(-5, 20), min_size=3, max_size=60).filter(lambda taken: len(set(taken)) >= 3))
def test_nothing_of_the_future_is_in_train_and_ties_stay_together(taken: list[int]):
    splits = SPLITTER.assign(at(*map(str, taken)), WISH).splits
    held = [[when for when, found in zip(taken, splits, strict=True) if found == split] for split in SPLITS]
    assert all(held)
    assert max(held[0]) < min(held[1])
    assert max(held[1]) < min(held[2])


def test_one_long_day_is_cut_where_it_comes_nearest():
    splits = SPLITTER.assign(at(*["1"] * 10, *["2"] * 80, *["3"] * 10), WISH).splits
    assert [splits.count(split) for split in SPLITS] == [10, 80, 10]


def test_two_times_are_a_no_with_numbers():
    with pytest.raises(DlpipeError, match="'taken' has 2 different times for 5 samples") as caught:
        SPLITTER.assign(at("1", "1", "1", "2", "2"), WISH)
    assert caught.value.exit_code == Exit.NO


def test_samples_without_a_time_are_in_no_split_and_counted():
    assignment = SPLITTER.assign(at("1", None, "2", "3"), WISH)
    assert assignment.splits == ["train", None, "val", "test"]
    assert assignment.notes == ["1 samples have no 'taken' and are in no split"]
