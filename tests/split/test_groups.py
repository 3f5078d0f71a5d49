from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.split.groups import assigned, groups
from dlpipe.split.splitters import Wish


def samples(*values: str | None) -> pl.DataFrame:
    ids = [f"s{number}" for number in range(len(values))]
    return pl.DataFrame({"id": ids, "day": values}, schema={"id": pl.String, "day": pl.String})


def test_equal_values_are_a_group_and_a_missing_one_is_its_own():
    found = groups(samples("mon", None, "tue", "mon", None), "day")
    assert len(found.names) == 4
    assert found.of[0] == found.of[3] != found.of[2]
    assert found.of[1] != found.of[4]
    assert found.num_alone == 2


def test_an_id_like_a_value_stays_apart_from_it():
    assert len(groups(samples("s1", None, "mon"), "day").names) == 3


@pytest.mark.parametrize("values", (["mon"] * 5, ["mon", "tue", "tue"]))
def test_fewer_than_three_groups_are_a_no(values: list[str]):
    with pytest.raises(DlpipeError, match=f"'day' has {len(set(values))} group") as caught:
        groups(samples(*values), "day")
    assert caught.value.exit_code == Exit.NO


def test_samples_without_a_group_are_counted():
    table = samples("mon", "tue", "wed", None)
    found = groups(table, "day")
    counts = np.bincount(found.of)[:, None]
    assignment = assigned(found, counts, np.zeros(4, int), ["all"], Wish((0.5, 0.25, 0.25), 0))
    assert assignment.shortfalls == ["1 samples have no 'day': each was taken for a group of its own"]
    assert sorted(map(str, assignment.splits)) == ["test", "train", "train", "val"]
