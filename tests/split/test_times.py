from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError
from dlpipe.split.times import times


def read(*values: str | None) -> list[float]:
    return times(pl.Series("taken", values, dtype=pl.String)).tolist()


def test_numbers_are_numbers_and_nothing_is_nan():
    np.testing.assert_equal(read("10", "9", "1e1", None), [10, 9, 10, np.nan])


@pytest.mark.parametrize(
    ("earlier", "later"),
    (
        ("2024-05-01", "2024-05-02"),
        ("2024-05-01", "2024-05-01T00:00:01"),
        ("2024-05-01 12:00:00", "2024-05-01T12:00:00.5"),
        ("2024:05:01 12:00:00", "2024-05-01T12:00:01"),
        ("2024-05-01T12:00:00+02:00", "2024-05-01T11:00:00Z"),
    ),
)
def test_dates_are_in_order(earlier: str, later: str):
    first, second = read(earlier, later)
    assert first < second


def test_what_is_no_time_is_said():
    with pytest.raises(DlpipeError, match="column 'taken' holds 'yesterday', which is neither a number nor a date"):
        read("2024-05-01", "yesterday")
    with pytest.raises(DlpipeError, match="times with a zone and times without one"):
        read("2024-05-01T12:00:00", "2024-05-01T12:00:00Z")


def test_no_times_at_all():
    assert read() == []
    assert np.isnan(read(None)).all()
