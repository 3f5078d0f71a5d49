from __future__ import annotations

import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.split.splitters.grouped import Grouped
from tests.split.population import WISH, counted, population


def test_sizes_come_near_to_the_wish_with_groups_of_unequal_sizes():
    samples = population(600, 30)
    counts = counted(samples, Grouped(by="patient").assign(samples, WISH).splits)
    assert counts["train"] / 600 == pytest.approx(0.7, abs=0.05)
    assert counts["val"] / 600 == pytest.approx(0.15, abs=0.05)
    assert counts["test"] / 600 == pytest.approx(0.15, abs=0.05)


def test_two_groups_cannot_fill_three_splits():
    samples = population(100).with_columns(day=pl.Series(["mon"] * 90 + ["tue"] * 10))
    with pytest.raises(DlpipeError) as caught:
        Grouped(by="day").assign(samples, WISH)
    assert caught.value.exit_code == Exit.NO
    assert caught.value.problem == (
        "'day' has 2 groups ('mon' with 90, 'tue' with 10 samples): no way to fill train, val and test"
    )
    assert "at least 3 values: 'official' (3 values), 'site' (3 values), 'patient' (28 values)" in caught.value.fix


def test_a_group_that_holds_nearly_all_leaves_one_to_each_other_split():
    samples = population(100).with_columns(day=pl.Series(["mon"] * 90 + ["tue"] * 5 + ["wed"] * 5))
    assert counted(samples, Grouped(by="day").assign(samples, WISH).splits) == {"train": 90, "val": 5, "test": 5}
