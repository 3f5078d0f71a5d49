"""Times that people write: numbers, or dates as ISO 8601 and EXIF have them."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.errors import DlpipeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

Array = np.ndarray[Any, Any]

_EXIF = re.compile(r"(\d{4}):(\d\d):(\d\d)(?=$|[ T])")


def times(values: pl.Series) -> Array:
    """Seconds or plain numbers that order the samples, NaN where there is no value. (n,) text → (n,) float64.

    Raises:
        DlpipeError: a value is neither a number nor a date, or dates with and without a time zone stand side by side.
    """
    known: list[str] = values.drop_nulls().unique().sort().to_list()
    found = _numbers(known)
    if found is None:
        found = _dates(known, values.name)
    table = dict(zip(known, found, strict=True))
    return np.array([table.get(value, math.nan) for value in values.to_list()], np.float64)


def _numbers(known: Sequence[str]) -> list[float] | None:
    try:
        found = [float(value) for value in known]
    except ValueError:
        return None
    return found if all(map(math.isfinite, found)) else None


def _dates(known: Sequence[str], name: str) -> list[float]:
    dates = [_date(value, name) for value in known]
    zones = {date.tzinfo is not None for date in dates}
    if len(zones) > 1:
        problem = f"column '{name}' has times with a zone and times without one, which cannot be compared"
        raise DlpipeError(problem, "write all of them with a zone, like 2024-05-01T12:00:00+02:00, or none")
    first = datetime(1970, 1, 1, tzinfo=dates[0].tzinfo) if dates else None
    return [(date - first).total_seconds() for date in dates if first is not None]


def _date(value: str, name: str) -> datetime:
    try:
        return datetime.fromisoformat(_EXIF.sub(r"\1-\2-\3", value.strip(), count=1))
    except ValueError as error:
        problem = f"column '{name}' holds '{value[:60]}', which is neither a number nor a date"
        raise DlpipeError(problem, "write times as numbers or as 2024-05-01 or 2024-05-01T12:00:00") from error
