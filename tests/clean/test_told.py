from __future__ import annotations

import polars as pl
import pytest

from dlpipe.clean.checks import Seen
from dlpipe.clean.told import told


def seen(facts: pl.DataFrame) -> Seen:
    return Seen(pl.DataFrame({"id": ["a", "b"][: facts.height]}), pl.DataFrame(), facts, [], None)


def test_words_are_an_issue_and_none_are_not():
    found = told(seen(pl.DataFrame({"x": [1, 2], "y": ["p", "q"]})), ["x", "y"], lambda x, y: y if x == 2 else "")
    assert found.scores.tolist() == [0, 1]
    assert found.reasons == ["", "q"]


def test_no_samples_have_no_facts():
    assert told(seen(pl.DataFrame()), ["x"], str).reasons == []


def test_a_fact_that_no_file_tells_is_a_bug():
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        told(seen(pl.DataFrame({"x": [1]})), ["z"], str)
