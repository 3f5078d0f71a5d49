"""Every number by each group, and the gaps between groups."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.core.table import attributes
from dlpipe.evaluate.measuring import Entry, Ruler, entry, number
from dlpipe.statistics import measured

if TYPE_CHECKING:
    import polars as pl

    from dlpipe.metrics import Predictions
    from dlpipe.metrics.fairness import FairnessMetric

SMALL = 30
"""Groups with fewer samples are marked: an interval from them says little."""
MISSING = "(missing)"
"""The group of samples that have no value."""

_MOST_GROUPS = 50


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
    """Each attribute of `wanted` as the group of every sample.

    Raises:
        DlpipeError: there is no such attribute, or it has too many values to be groups.
    """
    found = {name: column(samples, name, "dataset.groups") for name in wanted}
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


def gaps(
    ruler: Ruler,
    predictions: Predictions,
    groups: Mapping[str, NDArray[Any]],
    metrics: Mapping[str, FairnessMetric],
) -> dict[str, dict[str, Entry]]:
    """Every fairness metric by attribute, with its interval and the size `n` of each group.

    A resample that lacks a group, or a group's label, says nothing of the gap; too many of them and there is no interval.
    """
    return {attribute: _gaps(ruler, predictions, group, metrics) for attribute, group in groups.items()}


def _gaps(
    ruler: Ruler, predictions: Predictions, group: NDArray[Any], metrics: Mapping[str, FairnessMetric]
) -> dict[str, Entry]:
    names, at, sizes = np.unique(group, return_inverse=True, return_counts=True)

    def values(index: NDArray[Any]) -> list[float]:
        if np.count_nonzero(np.bincount(at[index], minlength=names.size)) < names.size:
            return [math.nan] * len(metrics)
        truth, said, members = ruler.y_true[index], predictions.take(index), at[index]
        return [number(metric.gap(truth, said, members)) for metric in metrics.values()]

    resampled = measured(values, ruler.resamples)
    size = {str(name): int(held) for name, held in zip(names, sizes, strict=True)}
    return {
        name: {**entry(metric.gap(ruler.y_true, predictions, group), resampled[:, place], ruler.confidence), "n": size}
        for place, (name, metric) in enumerate(metrics.items())
    }
