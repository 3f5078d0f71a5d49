"""Every number by each group, and the gaps between groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.core.table import attributes
from dlpipe.evaluate.measuring import Entry, Ruler, entry, rounded
from dlpipe.metrics.weighing import Prepared, Weighed
from dlpipe.statistics import quieted, weighed

if TYPE_CHECKING:
    import polars as pl

    from dlpipe.metrics import Predictions
    from dlpipe.metrics.fairness import FairnessMetric

SMALL = 30
"""Groups with fewer samples are marked: an interval from them says little."""
MISSING = "(missing)"
"""The group of samples that have no value."""

_MOST_GROUPS = 50
_POWER = 0.8


def column(samples: pl.DataFrame, name: str, setting: str) -> NDArray[Any]:
    """An attribute of every sample as text. Shape (n,).

    Raises:
        DlpipeError: there is no such attribute.
    """
    import polars as pl

    known = attributes(samples)
    if name not in known:
        raise DlpipeError(f"{setting}: the samples have no attribute '{name}'; {nearest(name, known)}", _which())
    return samples[name].cast(pl.String).fill_null(MISSING).to_numpy().astype(str)


def grouped(samples: pl.DataFrame, wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Each attribute of `wanted`, and each pair of them, as the group of every sample.

    Raises:
        DlpipeError: there is no such attribute, or it has too many values to be groups.
    """
    found = {name: column(samples, name, "dataset.groups") for name in wanted}
    found |= {
        f"{one} and {other}": np.array(
            [f"{first} and {second}" for first, second in zip(found[one], found[other], strict=True)]
        )
        for one, other in combinations(wanted, 2)
    }
    for name, values in found.items():
        if (held := np.unique(values).size) > _MOST_GROUPS:
            problem = f"dataset.groups: '{name}' has {held:,} values among {samples.height:,} test samples"
            raise DlpipeError(problem, f"give it as bands, {_MOST_GROUPS} at most, or take it from dataset.groups")
    return found


def _which() -> str:
    return "name a column of ingest/samples.parquet in the pipeline file"


def by_group(ruler: Ruler, predictions: Predictions, groups: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, Entry]]:
    """All metrics by attribute and value, with `n` and, where that is below `SMALL`, `small`."""
    return {attribute: dict(_values(ruler, predictions, group)) for attribute, group in groups.items()}


def _values(ruler: Ruler, predictions: Predictions, group: NDArray[Any]) -> Iterator[tuple[str, Entry]]:
    for value in np.unique(group):
        inside = group == value
        size = int(inside.sum())
        yield str(value), {"n": size, "small": size < SMALL, **ruler.measure(predictions, inside).entries}


@dataclass(frozen=True)
class Gaps:
    """How uneven a model is, by attribute and fairness metric."""

    differences: dict[str, dict[str, Entry]]
    """0 is even. With the size `n` of each group, and `smallest_visible`: a smaller gap would be missed too often."""
    ratios: dict[str, dict[str, Entry]]
    """1 is even."""


def gaps(
    ruler: Ruler,
    predictions: Predictions,
    groups: Mapping[str, NDArray[Any]],
    metrics: Mapping[str, FairnessMetric],
) -> Gaps:
    """Every fairness metric by attribute, as difference and as ratio, with intervals.

    A resample that lacks a group, or a group's label, says nothing of the gap; too many of them and there is no interval.
    """
    found = {attribute: _gaps(ruler, predictions, group, metrics) for attribute, group in groups.items()}
    return Gaps({name: both[0] for name, both in found.items()}, {name: both[1] for name, both in found.items()})


def _gaps(
    ruler: Ruler, predictions: Predictions, group: NDArray[Any], metrics: Mapping[str, FairnessMetric]
) -> tuple[dict[str, Entry], dict[str, Entry]]:
    names, sizes = np.unique(group, return_counts=True)
    size = {str(name): int(held) for name, held in zip(names, sizes, strict=True)}
    prepared = Prepared(ruler.y_true, predictions)
    units = ruler.resamples.num_units()
    differences: dict[str, Entry] = {}
    ratios: dict[str, Entry] = {}
    for name, metric in metrics.items():
        drawn = weighed(
            lambda counts, metric=metric: metric.weighted(Weighed(prepared, counts), group), ruler.resamples
        )
        gap, ratio = (verb(ruler.y_true, predictions, group) for verb in (metric.gap, metric.ratio))
        told = _with_quiet_low(entry(gap, drawn[:, 0], ruler.confidence, units), drawn[:, 0], ruler.confidence, units)
        differences[name] = {**told, "n": size, "smallest_visible": _smallest_visible(told, drawn[:, 0], ruler)}
        ratios[name] = entry(ratio, drawn[:, 1], ruler.confidence, units)
    return differences, ratios


def _with_quiet_low(told: Entry, drawn: NDArray[Any], confidence: float, units: int) -> Entry:
    """The gap's low end without what noise adds, so that an even model's interval reaches 0; its high end as it is.

    Of the largest of several differences the high end would come too low: `tests/benchmarks/coverage.py` shows both.
    """
    if told["low"] is None:
        return told
    return {**told, "low": rounded(quieted(drawn, told["value"], confidence, units).low)}


def _smallest_visible(told: Entry, drawn: NDArray[Any], ruler: Ruler) -> float | None:
    """The true gap that a test at the interval's level would find in 80 of 100 test sets like this one.

    From the gap's standard error over resamples: (z of the level + z of the power) times it (Cohen, Statistical Power
    Analysis, 1988). Null where the gap has no interval.
    """
    from scipy.stats import norm

    if told["low"] is None:
        return None
    return rounded(float((norm.ppf((1 + ruler.confidence) / 2) + norm.ppf(_POWER)) * np.nanstd(drawn, ddof=1)))
