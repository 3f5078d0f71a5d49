"""The contract of the samples: what their classes, attributes and pictures are like, written down once and held after.

After the idea of TensorFlow Data Validation: a schema is inferred from data that is good, reviewed and committed with the
pipeline; whatever comes later and differs is an anomaly. It is the part `schema` of a pipeline's section `clean`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

import polars as pl
from pydantic import Field

from dlpipe.core.config import Section
from dlpipe.core.table import attributes

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal[
    "new_class",
    "no_class",
    "new_attribute",
    "no_attribute",
    "other_type",
    "new_value",
    "unit_change",
    "range_drift",
    "missing_values",
    "new_mode",
    "size_drift",
]
Severity = Literal["error", "warning", "ignore"]

SEVERITIES: dict[Kind, Severity] = {
    "new_class": "error",
    "no_class": "warning",
    "new_attribute": "warning",
    "no_attribute": "error",
    "other_type": "error",
    "new_value": "warning",
    "unit_change": "error",
    "range_drift": "warning",
    "missing_values": "warning",
    "new_mode": "error",
    "size_drift": "warning",
}
"""How bad each kind of anomaly is where the schema does not say otherwise."""

MOST_VALUES = 30
"""A text attribute of more values (or one of its own for each sample) is free: any value is right."""
_MARGIN = 0.1
_DIGITS = 3


class Attribute(Section):
    """One attribute of the samples."""

    type: Literal["text", "number"] = Field(description="What its values are; numbers may be written as text.")
    values: list[str] | None = Field(default=None, description="The values that a text may have; not said: any.")
    at_least: float | None = Field(default=None, description="The smallest number that is usual.")
    at_most: float | None = Field(default=None, description="The largest number that is usual.")
    missing: float = Field(default=0, ge=0, le=1, description="Share of samples that may have no value.")


class Pictures(Section):
    """What the files are like."""

    modes: list[str] = Field(description="Colour modes, in Pillow's words: L is grey, RGB, CMYK, I;16, …")
    sides_px: Annotated[list[int], Field(min_length=2, max_length=2)] = Field(
        description="The shortest and the longest side that is usual."
    )


class Schema(Section):
    """What the samples are like; `dlpipe schema NAME` writes it."""

    classes: list[str] | None = Field(default=None, description="All labels that the source may give; not said: any.")
    attributes: dict[str, Attribute] | None = Field(default=None, description="All attributes; not said: any.")
    pictures: Pictures | None = Field(default=None, description="What the files are like; not said: as they come.")
    severity: dict[Kind, Severity] = Field(
        default={},
        description="By kind of anomaly, whether it ends with exit code 3 (`error`), is said, or is ignored.",
    )

    def severity_of(self, kind: Kind) -> Severity:
        """How bad an anomaly is here."""
        return self.severity.get(kind, SEVERITIES[kind])


def infer(samples: pl.DataFrame, votes: pl.DataFrame, facts: pl.DataFrame) -> Schema:
    """The schema that these samples keep.

    Args:
        samples: The samples table, n rows.
        votes: What the source says of labels.
        facts: What the files say of themselves, a row a readable sample.
    """
    classes = sorted(votes["label"].unique().to_list()) or None
    found = {name: _attribute(samples[name]) for name in attributes(samples)}
    return Schema(classes=classes, attributes=found, pictures=_pictures(facts))


def numbers(values: pl.Series) -> pl.Series | None:
    """The values that are there as numbers, or None if one of them is none (or there are none)."""
    there = values.drop_nulls()
    if there.dtype == pl.Boolean or not len(there):
        return None
    found = there.cast(pl.Float64, strict=False)
    return None if found.null_count() or not found.is_finite().all() else found


def _attribute(values: pl.Series) -> Attribute:
    missing = _up(values.null_count() / max(len(values), 1))
    found = numbers(values)
    if found is not None:
        low, high = float(found.min()), float(found.max())  # type: ignore[arg-type] - there is at least one
        least, most = widened(low, high)
        return Attribute(type="number", at_least=least, at_most=most, missing=missing)
    known = sorted(values.drop_nulls().cast(pl.String).unique().to_list())
    is_free = len(known) > min(MOST_VALUES, max(len(values) // 2, 1))
    return Attribute(type="text", values=None if is_free else known, missing=missing)


def widened(low: float, high: float) -> tuple[float, float]:
    """A range with a tenth of its width on either side, in few digits; what is not below 0 stays so."""
    margin = (high - low) * _MARGIN
    least = _rounded(low - margin, math.floor) if low < 0 or low - margin >= 0 else 0.0
    return least, _rounded(high + margin, math.ceil)


def _rounded(value: float, how: object) -> float:
    if not value:
        return 0.0
    scale = 10.0 ** (math.floor(math.log10(abs(value))) - _DIGITS + 1)
    whole = math.floor(value / scale) if how is math.floor else math.ceil(value / scale)
    return float(f"{whole * scale:.6g}")


def _up(share: float) -> float:
    return math.ceil(share * 100) / 100


def _pictures(facts: pl.DataFrame) -> Pictures | None:
    if not facts.height or not {"mode", "width", "height"} <= set(facts.columns):
        return None
    sides = [*facts["width"].to_list(), *facts["height"].to_list()]
    return Pictures(modes=sorted(_texts(facts["mode"])), sides_px=[min(sides), max(sides)])


def _texts(values: pl.Series) -> Iterable[str]:
    return set(values.drop_nulls().cast(pl.String).to_list())
