"""Where samples differ from their schema."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.clean.schema import numbers
from dlpipe.core.table import attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlpipe.clean.schema import Attribute, Kind, Pictures, Schema

_SHOWN = 5
_HALF = 0.5


@dataclass(frozen=True)
class Anomaly:
    """One difference: what it is of, and a clause with numbers."""

    kind: Kind
    where: str
    what: str


def anomalies(schema: Schema, samples: pl.DataFrame, votes: pl.DataFrame, facts: pl.DataFrame) -> list[dict[str, Any]]:
    """Every anomaly with its severity, as `report.json` holds them; those that are ignored are left out.

    Args:
        schema: What was agreed on.
        samples: All samples that came in.
        votes: What the source says of their labels.
        facts: What their files say, a row a readable sample.
    """
    found = [*_classes(schema, votes), *_attributes(schema, samples)]
    if schema.pictures is not None and {"mode", "width", "height"} <= set(facts.columns):
        found += _pictures(schema.pictures, facts)
    told = [{**asdict(each), "severity": schema.severity_of(each.kind)} for each in found]
    return [each for each in told if each["severity"] != "ignore"]


def sentence(anomaly: Mapping[str, Any]) -> str:
    """An anomaly for a terminal."""
    return f"{anomaly['where']}: {anomaly['what']} ({anomaly['kind']})"


def _classes(schema: Schema, votes: pl.DataFrame) -> Iterator[Anomaly]:
    if schema.classes is None:
        return
    sizes = dict(votes.group_by("label").agg(pl.col("id").n_unique()).sort("label").iter_rows())
    new = {label: count for label, count in sizes.items() if label not in schema.classes}
    if new:
        yield Anomaly(
            "new_class", "classes", f"new: {_listed([f'{name!r} ({count:,})' for name, count in new.items()])}"
        )
    gone = [name for name in schema.classes if name not in sizes]
    if gone:
        yield Anomaly("no_class", "classes", f"no sample of {_listed([repr(name) for name in gone])}")


def _attributes(schema: Schema, samples: pl.DataFrame) -> Iterator[Anomaly]:
    if schema.attributes is None:
        return
    there = attributes(samples)
    for name in there:
        if name not in schema.attributes:
            yield Anomaly("new_attribute", name, "the schema does not know this attribute")
    for name, agreed in schema.attributes.items():
        if name not in there:
            yield Anomaly("no_attribute", name, "no sample has this attribute any more")
        else:
            yield from _attribute(name, agreed, samples[name])


def _attribute(name: str, agreed: Attribute, values: pl.Series) -> Iterator[Anomaly]:
    missing = values.null_count() / max(len(values), 1)
    if missing > agreed.missing:
        yield Anomaly(
            "missing_values", name, f"{missing:.3g} of the samples have no value, at most {agreed.missing:g} is usual"
        )
    there = values.drop_nulls()
    if not len(there):
        return
    found = numbers(values)
    if agreed.type == "text":
        yield from _texts(name, agreed, there.cast(pl.String))
    elif found is None:
        words = there.cast(pl.String).filter(there.cast(pl.Float64, strict=False).is_null())
        yield Anomaly(
            "other_type", name, f"numbers are expected, {len(words):,} values are none, as {_listed(_first(words))}"
        )
    else:
        yield from _range(name, agreed, found)


def _texts(name: str, agreed: Attribute, there: pl.Series) -> Iterator[Anomaly]:
    if agreed.values is None:
        return
    strange = there.filter(~there.is_in(agreed.values))
    if len(strange):
        yield Anomaly(
            "new_value", name, f"{len(strange):,} samples have a value that is new: {_listed(_first(strange))}"
        )


def _range(name: str, agreed: Attribute, found: pl.Series) -> Iterator[Anomaly]:
    low = float("-inf") if agreed.at_least is None else agreed.at_least
    high = float("inf") if agreed.at_most is None else agreed.at_most
    outside = found.filter((found < low) | (found > high))
    if not len(outside):
        return
    usual = f"{low:g} to {high:g} is usual"
    if len(outside) > _HALF * len(found):
        what = f"another unit? {len(outside):,} of {len(found):,} values lie outside, their median is {outside.median():.4g}; {usual}"
        yield Anomaly("unit_change", name, what)
    else:
        ends = f"{found.min():.4g} to {found.max():.4g}"
        yield Anomaly("range_drift", name, f"{len(outside):,} of {len(found):,} values lie outside: {ends}; {usual}")


def _pictures(agreed: Pictures, facts: pl.DataFrame) -> Iterator[Anomaly]:
    counts = dict(facts["mode"].value_counts().sort("mode").iter_rows())
    new = [f"{mode} ({count:,})" for mode, count in counts.items() if mode not in agreed.modes]
    if new:
        yield Anomaly("new_mode", "pictures", f"colour mode {_listed(new)}, where {', '.join(agreed.modes)} is usual")
    shortest, longest = agreed.sides_px
    sides = facts.select(low=pl.min_horizontal("width", "height"), high=pl.max_horizontal("width", "height"))
    outside = sides.filter((pl.col("low") < shortest) | (pl.col("high") > longest)).height
    if outside:
        ends = f"{sides['low'].min()} to {sides['high'].max()} px"
        what = f"{outside:,} of {facts.height:,} have a side outside: {ends}; {shortest} to {longest} px is usual"
        yield Anomaly("size_drift", "pictures", what)


def _first(values: pl.Series) -> list[str]:
    return [repr(value) for value in values.unique().sort().to_list()]


def _listed(words: Sequence[str]) -> str:
    rest = f" and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + rest
