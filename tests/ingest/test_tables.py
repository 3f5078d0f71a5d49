from __future__ import annotations

import polars as pl
import pytest

from dlpipe.core.table import VOTE_COLUMNS, attributes
from dlpipe.ingest.tables import is_free, samples_table, votes_table


@pytest.mark.parametrize("name", ("id", "path", "digest", "row", "label", "split", "left.path", "left.row", "", "  "))
def test_names_with_a_meaning_are_not_free(name: str):
    assert not is_free(name)


def test_attributes_are_what_the_core_calls_so():
    table = samples_table(["a", "b"], {"site": ["x", None]})
    assert attributes(table) == ["site"]
    assert table["site"].to_list() == ["x", None]
    assert table["id"].to_list() == table["path"].to_list() == ["a", "b"]


def test_empty_tables_have_their_types():
    assert samples_table([], {"site": []}).schema == dict.fromkeys(("id", "path", "site"), pl.String)
    assert dict(votes_table([]).schema) == VOTE_COLUMNS


def test_votes_without_weight_say_nothing():
    assert votes_table([("a", "x", "cat", 0.0), ("a", "x", "dog", 1.0)])["label"].to_list() == ["dog"]
