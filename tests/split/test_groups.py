from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.split.groups import groups


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
    found = groups(samples("mon", "tue", "wed", None), "day")
    assert found.notes() == ["1 samples have no 'day': each was taken for a group of its own"]
    assert groups(samples("mon", "tue", "wed"), "day").notes() == []


def test_too_few_groups_lead_to_a_column_that_has_enough():
    table = samples("mon", "mon", "tue", "tue").with_columns(site=pl.Series(["a", "b", "c", "c"]))
    with pytest.raises(DlpipeError) as caught:
        groups(table, "day")
    assert caught.value.fix.startswith("group by a column with at least 3 values: 'site' (3 values)")


def test_counts_are_by_group_and_stratum():
    found = groups(samples("mon", "tue", "wed", "mon"), "day")
    assert found.counts(np.array([0, 1, 1, 0]), 2).tolist() == [[2, 0], [0, 1], [0, 1]]
