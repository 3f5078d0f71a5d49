"""How sure a number is: bootstrap intervals over samples or whole clusters of them, and paired differences.

A resample is an index array, or as counts how often each sample was drawn; whatever is computed on the same resamples
can be compared pair by pair (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_DEFINED = 0.95
"""Share of resamples on which a value must exist for its interval to be told."""

_BLOCK = 2**21
"""Counts that are looked at together: resamples times samples."""
_KEPT_BYTES = 2**28
"""Up to here all counts stay in memory, so that they are drawn once; over it they are drawn anew at each pass."""

Measure = Callable[[NDArray[Any]], Sequence[float]]
"""Some values of the samples of an index array; NaN where one does not exist on them."""

Weigh = Callable[[NDArray[Any]], NDArray[Any]]
"""Some values under each of B rows of counts, (B, n) → (B, number of values); NaN where one does not exist."""


@dataclass(frozen=True)
class Resamples:
    """Index arrays, or counts of samples, drawn alike at each pass."""

    draw: Callable[[np.random.Generator], NDArray[Any]]
    number: int
    seed: int
    units: NDArray[Any]
    """Shape (n,): what is drawn as one, a number for each sample; samples of one cluster share theirs."""

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[NDArray[Any]]:
        random = np.random.default_rng(self.seed)
        for _ in range(self.number):
            yield self.draw(random)

    def counts(self) -> Iterator[NDArray[Any]]:
        """How often each sample is drawn, some resamples at a time. Each (B, n) of whole numbers, B = 1, 2, …."""
        yield from self._kept if self.number * self.units.size <= _KEPT_BYTES else self._drawn()

    @cached_property
    def _kept(self) -> list[NDArray[Any]]:
        return list(self._drawn())

    def _drawn(self) -> Iterator[NDArray[Any]]:
        size = self.units.size
        rows = max(1, _BLOCK // max(size, 1))
        indices = iter(self)
        for start in range(0, self.number, rows):
            block = [np.bincount(next(indices), minlength=size) for _ in range(min(rows, self.number - start))]
            small = max((int(row.max(initial=0)) for row in block), default=0) <= np.iinfo(np.uint8).max
            yield np.array(block, dtype=np.uint8 if small else np.uint32)

    def num_units(self, inside: NDArray[Any] | None = None) -> int:
        """How many are drawn independently, of all samples or of those where `inside`, shape (n,) bool, is true."""
        return np.unique(self.units if inside is None else self.units[inside]).size


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

    def draw(random: np.random.Generator) -> NDArray[Any]:
        return order[start + random.integers(0, size)]

    return Resamples(draw, number, seed, np.arange(at.size))


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

    return Resamples(draw, number, seed, at)


def measured(measure: Measure, resamples: Resamples) -> NDArray[Any]:
    """Some values on every resample, NaN where undefined. Shape (number of resamples, number of values)."""
    return np.array([measure(index) for index in resamples], dtype=np.float64)


def weighed(weigh: Weigh, resamples: Resamples) -> NDArray[Any]:
    """The same of what takes counts, many resamples at a time: far quicker. Shape (number of resamples, number of values)."""
    return np.concatenate([weigh(block) for block in resamples.counts()])


def interval(values: NDArray[Any], confidence: float, units: int | None = None) -> Interval:
    """The percentile interval of one value's resamples.

    Of few units the percentiles lie too near to one another, as if a normal distribution stood where Student's t
    belongs and n where n - 1 does. Told how many there are, those further out are taken (Hesterberg, "What Teachers
    Should Know about the Bootstrap", The American Statistician 2015, section 3.4: the expanded percentile interval).

    Args:
        values: Shape (number of resamples,), a column of `weighed`, or for a paired difference one less another.
        confidence: Share of resamples inside.
        units: How many samples, or clusters, were drawn independently; None: the percentiles as they are.
    """
    defined = values[~np.isnan(values)]
    if defined.size == 0 or defined.size < LEAST_DEFINED * values.size:
        missing = values.size - defined.size
        return Interval(None, None, f"no interval: undefined on {missing:,} of {values.size:,} resamples")
    outside = (1 - confidence) / 2 if units is None else expanded((1 - confidence) / 2, units)
    low, high = np.quantile(defined, [outside, 1 - outside])
    return Interval(float(low), float(high))


def widened(found: Interval, value: float, drawn: NDArray[Any], without: NDArray[Any]) -> Interval:
    """An interval from resamples of clusters, at least as wide as the jackknife says.

    Resamples of clusters vary less than other clusters would, the more so the fewer there are. Leaving out one after the
    other overestimates the variance, if anything (Efron and Stein, "The jackknife estimate of variance", The Annals of
    Statistics 1981).

    Args:
        found: The interval of `drawn`.
        value: Of all samples.
        drawn: Shape (number of resamples,).
        without: Shape (k,): the value without each of the k clusters.
    """
    if found.low is None or found.high is None:
        return found
    k = without.size
    resampled = np.nanvar(drawn, ddof=1) * k / (k - 1)
    jackknifed = np.square(without - without.mean()).sum() * (k - 1) / k
    if not jackknifed > resampled:
        return found
    stretch = float(np.sqrt(jackknifed / resampled)) if resampled else 1.0
    return Interval(value - stretch * (value - found.low), value + stretch * (found.high - value))


def quieted(values: NDArray[Any], value: float, confidence: float, units: int | None = None) -> Interval:
    """The interval of a number that noise can only raise: a calibration error, or a gap between groups, never below 0.

    Few samples make it larger than it is in the world, and resamples, which are rougher still, make it larger again: the
    percentiles lie above the truth. Noise adds in squares. So what the resamples' mean square lies above the square of
    the value is what one drawing of samples adds; the value holds it once and a resample twice, and it is taken off.

    Args:
        values: Shape (number of resamples,), as `interval` takes them.
        value: The number over the samples themselves.
        confidence: Share of resamples inside.
        units: As `interval` takes them.
    """
    squares = values**2
    found = interval(squares, confidence, units)
    if found.low is None or found.high is None:
        return found
    added = float(np.nanmean(squares)) - value**2
    low, high = (float(np.sqrt(max(end - 2 * added, 0.0))) for end in (found.low, found.high))
    return Interval(low, high)


def on_logits(values: NDArray[Any], value: float, confidence: float, units: int | None = None) -> Interval:
    """The interval of a number between 0 and 1 that looks the surer the higher it comes out: the average precision.

    The same step on the scale of log-odds in both directions, as many standard errors as Student's t says (Boyd, Eng and
    Page, "Area under the Precision-Recall Curve: Point Estimates and Confidence Intervals", ECML PKDD 2013, the logit
    interval), with the standard error of the resamples. Of exactly 0 or 1, which have no log-odds, the percentiles.

    Args:
        values: Shape (number of resamples,), as `interval` takes them.
        value: The number over the samples themselves.
        confidence: Share of intervals that should hold the truth.
        units: As `interval` takes them.
    """
    from scipy.special import expit, logit
    from scipy.stats import norm

    found = interval(values, confidence, units)
    error = float(np.nanstd(values, ddof=1)) if found.reason is None else 0.0
    if not 0 < value < 1 or error == 0:
        return found
    outside = (1 - confidence) / 2 if units is None else expanded((1 - confidence) / 2, units)
    step = norm.isf(outside) * error / (value * (1 - value))
    return Interval(float(expit(logit(value) - step)), float(expit(logit(value) + step)))


def expanded(outside: float, units: int) -> float:
    """The share of resamples to leave out at each end so that a mean of `units` is outside as often as asked for."""
    from scipy.stats import norm, t

    if units < 2:  # noqa: PLR2004 - one unit has no spread at all
        return 0.0
    return float(norm.cdf(np.sqrt(units / (units - 1)) * t.ppf(outside, units - 1)))
