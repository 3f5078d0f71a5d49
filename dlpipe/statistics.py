"""How sure a number is: bootstrap intervals over samples or whole clusters of them, and paired differences.

A resample is an index array; whatever is computed on the same resamples can be compared pair by pair (Efron and
Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_DEFINED = 0.95
"""Share of resamples on which a value must exist for its interval to be told."""

Measure = Callable[[NDArray[Any]], Sequence[float]]
"""Some values of the samples of an index array; NaN where one does not exist on them."""


@dataclass(frozen=True)
class Resamples:
    """Index arrays, drawn anew and alike at each pass, so that they never lie in memory together."""

    draw: Callable[[np.random.Generator], NDArray[Any]]
    number: int
    seed: int

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[NDArray[Any]]:
        random = np.random.default_rng(self.seed)
        for _ in range(self.number):
            yield self.draw(random)


@dataclass(frozen=True)
class Interval:
    """Where the value would lie, had other samples of the same kind been drawn."""

    low: float | None
    high: float | None
    reason: str | None = None
    """Why there is no interval."""


def by_label(labels: NDArray[Any], number: int, seed: int) -> Resamples:
    """Draws samples with replacement within each label, so that every resample has as many of each as there are.

    Args:
        labels: Shape (n,); any values that can be sorted. One and the same value for all: no strata.
        number: How many resamples.
        seed: The draws follow from it.

    Returns:
        `number` index arrays of shape (n,).
    """
    _, at, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    order = np.argsort(at, kind="stable")
    stratum = at[order]
    size, start = sizes[stratum], (np.cumsum(sizes) - sizes)[stratum]
    return Resamples(lambda random: order[start + random.integers(0, size)], number, seed)


def by_cluster(clusters: NDArray[Any], number: int, seed: int) -> Resamples:
    """Draws whole clusters with replacement: for samples that are alike within (cells of a module, slices of a scan).

    Drawing single samples would take them for independent, and the intervals would come out too narrow. Labels are
    not held fixed here, they come with their clusters.

    Returns:
        `number` index arrays; their lengths differ where clusters' sizes do.

    Raises:
        ValueError: there are fewer than two clusters.
    """
    names, at, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    if names.size < 2:  # noqa: PLR2004 - one cluster drawn again and again never varies
        raise ValueError(f"{names.size} clusters: nothing varies between resamples")
    members = np.split(np.argsort(at, kind="stable"), np.cumsum(sizes)[:-1])

    def draw(random: np.random.Generator) -> NDArray[Any]:
        return np.concatenate([members[cluster] for cluster in random.integers(0, names.size, names.size)])

    return Resamples(draw, number, seed)


def measured(measure: Measure, resamples: Resamples) -> NDArray[Any]:
    """Some values on every resample, NaN where undefined. Shape (number of resamples, number of values)."""
    return np.array([measure(index) for index in resamples], dtype=np.float64)


def interval(values: NDArray[Any], confidence: float) -> Interval:
    """The percentile interval of one value's resamples.

    A gap between groups (never below 0) and a calibration error are larger on resamples than on the samples
    themselves, so their value may lie near the interval's low end or below it.

    Args:
        values: Shape (number of resamples,), a column of `measured`, or for a paired difference one less another.
        confidence: Share of resamples inside.
    """
    defined = values[~np.isnan(values)]
    if defined.size == 0 or defined.size < LEAST_DEFINED * values.size:
        missing = values.size - defined.size
        return Interval(None, None, f"no interval: undefined on {missing:,} of {values.size:,} resamples")
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))
