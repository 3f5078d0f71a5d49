"""A schema that was inferred holds for what it was inferred from."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.clean.anomalies import anomalies
from dlpipe.clean.schema import Attribute, Pictures, Schema, infer, numbers, widened
from dlpipe.core.table import VOTE_COLUMNS

NO_FACTS = pl.DataFrame()


def samples(**columns: list[Any]) -> pl.DataFrame:
    ids = [str(number) for number in range(len(next(iter(columns.values()))))]
    return pl.DataFrame({"id": ids, "path": ids, "digest": ids, **columns})


def votes(*labels: str) -> pl.DataFrame:
    rows = [(str(number), "source", label, 1.0) for number, label in enumerate(labels)]
    return pl.DataFrame(rows, schema=VOTE_COLUMNS, orient="row")


def test_what_is_inferred():
    table = samples(site=["north", "south", "north", None] * 5, age=["20", "31.5", "40", "55"] * 5)
    facts = pl.DataFrame({"mode": ["L", "RGB"], "width": [300, 200], "height": [310, 640]})
    assert infer(table, votes("rose", "tulip", "rose"), facts) == Schema(
        classes=["rose", "tulip"],
        attributes={
            "site": Attribute(type="text", values=["north", "south"], missing=0.25),
            "age": Attribute(type="number", at_least=16.5, at_most=58.5, missing=0),
        },
        pictures=Pictures(modes=["L", "RGB"], sides_px=[200, 640]),
    )


def test_a_text_of_very_many_values_may_have_any():
    free = infer(samples(name=[f"name {number}" for number in range(40)]), votes(), NO_FACTS)
    assert free == Schema(classes=None, attributes={"name": Attribute(type="text")}, pictures=None)


@pytest.mark.parametrize(
    ("values", "found"),
    (
        (["1", "2.5", None], [1.0, 2.5]),
        (["1", "two"], None),
        (["1", "nan"], None),
        ([None], None),
        ([True, False], None),
        ([3, 4], [3.0, 4.0]),
    ),
)
def test_numbers_may_be_written_as_text(values: list[Any], found: list[float] | None):
    read = numbers(pl.Series(values, dtype=pl.String if values == [None] else None))
    assert (None if read is None else read.to_list()) == found


@pytest.mark.parametrize(
    ("low", "high", "wide"),
    ((0, 1, (0, 1.1)), (-1, 1, (-1.2, 1.2)), (5, 5, (5, 5)), (0, 255, (0, 281)), (0, 0, (0, 0))),
)
def test_a_range_gets_a_tenth_of_its_width(low: float, high: float, wide: tuple[float, float]):
    assert widened(low, high) == pytest.approx(wide)


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9), st.sampled_from([0.0, 1.0])), min_size=1, max_size=30))
def test_no_sample_differs_from_its_own_schema(values: list[float | None]):
    table = samples(number=pl.Series(values, dtype=pl.Float64).to_list(), text=[str(value) for value in values])
    facts = pl.DataFrame({"mode": ["L"], "width": [3], "height": [4]})
    schema = infer(table, votes("a"), facts)
    assert anomalies(schema, table, votes("a"), facts) == []
