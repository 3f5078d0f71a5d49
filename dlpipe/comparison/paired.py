"""Two models on the same samples: paired differences with intervals, and McNemar's test of their answers.

Both are measured on the same resamples, so that what makes a sample hard for both drops out of the difference. The
interval is for a decision on one side: with `alpha` 0.05 it is a 90 % interval, and a model that is exactly as bad as
a margin allows gets past it one time in twenty. Few clusters vary more than their resamples do, which is put right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined
from dlpipe.statistics import Resamples, by_cluster, by_label, interval, measured, widened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.fairness import FairnessMetric

_DIGITS = 6
_LEAST = 2
"""Samples, or clusters of them, from which there is any interval."""
_FEW = 200
"""Clusters up to which each is left out once: what resamples lack shrinks with their number, what this costs grows."""

_Values = Callable[["NDArray[Any]"], "list[float | Undefined]"]
"""What is measured of the samples of an index array: new and old of every name."""

Entry = dict[str, Any]
"""`new`, `old`, `difference` (new less old), `low`, `high`, `higher_is_better`; a `reason` where one is null."""


@dataclass(frozen=True)
class Pair:
    """What two models say of the same n samples."""

    y_true: NDArray[Any]
    """Shape (n,), class indices; (n, K), 0 or 1, where a sample may have several classes."""
    new: Predictions
    old: Predictions
    groups: Mapping[str, NDArray[Any]]
    """Attribute → the group of every sample, shape (n,), text."""
    clusters: NDArray[Any] | None = None
    """Shape (n,): samples of one cluster are alike and are drawn together."""

    @property
    def units(self) -> NDArray[Any]:
        """What is drawn: clusters, or every sample for itself. Shape (n,)."""
        return np.arange(len(self.y_true)) if self.clusters is None else self.clusters

    def right(self, said: Predictions) -> NDArray[Any]:
        """Which samples are answered right: where they may have several classes, all of them. Shape (n,) bool."""
        same = said.predicted == self.y_true
        return same if same.ndim == 1 else same.all(axis=1)


@dataclass(frozen=True)
class How:
    """How differences are measured."""

    metrics: Mapping[str, Metric]
    alpha: float
    num_resamples: int
    seed: int
    fairness: Mapping[str, FairnessMetric] = field(default_factory=dict[str, "FairnessMetric"])
    """Gaps between groups that are compared too."""


def compare(pair: Pair, how: How, slices: Sequence[tuple[str, str]] | None = None) -> dict[str, Any]:
    """Everything that is said of a pair.

    Args:
        pair: The models' answers.
        how: Metrics, the chance of an error that is allowed, number of resamples.
        slices: Groups to be measured apart, as (attribute, value); all where it is None.

    Returns:
        `num_samples`, `confidence` (of the two-sided interval), `metrics`, `groups`, `answers`, as JSON holds them; and
        `fairness` by attribute, where gaps are asked for.
    """
    resamples = _resamples(pair, how)
    found: dict[str, dict[str, Any]] = {}
    for attribute, value in _all_slices(pair) if slices is None else slices:
        inside = pair.groups[attribute] == value
        entries = _differences(pair, how, resamples, inside)
        found.setdefault(attribute, {})[value] = {"n": int(inside.sum()), **entries}
    told: dict[str, Any] = {
        "num_samples": len(pair.y_true),
        "alpha": how.alpha,
        "confidence": round(1 - 2 * how.alpha, _DIGITS),
        "num_resamples": how.num_resamples,
        "metrics": _differences(pair, how, resamples, np.ones(len(pair.y_true), dtype=np.bool_)),
        "groups": found,
        "answers": mcnemar(pair.right(pair.new), pair.right(pair.old)),
    }
    if how.fairness:
        told["fairness"] = {attribute: _gaps(pair, how, resamples, attribute) for attribute in pair.groups}
    return told if pair.clusters is None else {**told, "num_clusters": int(np.unique(pair.clusters).size)}


def mcnemar(new_right: NDArray[Any], old_right: NDArray[Any]) -> dict[str, Any]:
    """Who is right where only one is: counts, and the exact two-sided p-value of McNemar's test. Both (n,) bool.

    It takes the samples for independent: where they come in clusters the intervals say more.
    """
    from scipy.stats import binomtest

    only_new = int(np.count_nonzero(new_right & ~old_right))
    only_old = int(np.count_nonzero(old_right & ~new_right))
    both = int(np.count_nonzero(new_right & old_right))
    told = {"only_new_right": only_new, "only_old_right": only_old, "both_right": both}
    p_value = float(binomtest(only_new, only_new + only_old).pvalue) if only_new + only_old else 1.0
    return {**told, "neither_right": int(new_right.size) - both - only_new - only_old, "p_value": _rounded(p_value)}


def pessimistic(entry: Mapping[str, Any]) -> float | None:
    """The worse end of a difference, counted so that more is better; None where there is no interval."""
    end = entry["low"] if entry["higher_is_better"] else entry["high"]
    return end if end is None or entry["higher_is_better"] else -end


def _all_slices(pair: Pair) -> list[tuple[str, str]]:
    return [(attribute, str(value)) for attribute, group in pair.groups.items() for value in np.unique(group)]


def _resamples(pair: Pair, how: How) -> Resamples | None:
    """Whole clusters, or samples whatever their label: new data would come with labels of their own."""
    if np.unique(pair.units).size < _LEAST:
        return None
    if pair.clusters is None:
        return by_label(np.zeros(len(pair.y_true)), how.num_resamples, how.seed)
    return by_cluster(pair.clusters, how.num_resamples, how.seed)


def _differences(pair: Pair, how: How, resamples: Resamples | None, inside: NDArray[Any]) -> dict[str, Entry]:
    def values(index: NDArray[Any]) -> list[float | Undefined]:
        part = index[inside[index]]
        truth = pair.y_true[part]
        sides = [pair.new.take(part), pair.old.take(part)]
        return [metric.value(truth, side) for metric in how.metrics.values() for side in sides]

    higher = {name: metric.higher_is_better for name, metric in how.metrics.items()}
    return _beside(values, higher, _Drawn(pair, resamples, inside), how.alpha)


def _gaps(pair: Pair, how: How, resamples: Resamples | None, attribute: str) -> dict[str, Entry]:
    """A resample that lacks a group says nothing of the gap."""
    group = pair.groups[attribute]
    held = np.unique(group).size

    def values(index: NDArray[Any]) -> list[float | Undefined]:
        truth, members = pair.y_true[index], group[index]
        if np.unique(members).size < held:
            return [Undefined("a group is lacking")] * (2 * len(how.fairness))
        sides = [pair.new.take(index), pair.old.take(index)]
        return [metric.gap(truth, side, members) for metric in how.fairness.values() for side in sides]

    lower = dict.fromkeys(how.fairness, False)
    return _beside(values, lower, _Drawn(pair, resamples, np.ones(len(group), np.bool_)), how.alpha)


@dataclass(frozen=True)
class _Drawn:
    """What is measured again and again, to see how much it varies."""

    pair: Pair
    resamples: Resamples | None
    inside: NDArray[Any]
    """Shape (n,) bool: the samples that count."""

    @cached_property
    def units(self) -> NDArray[Any]:
        """Independent samples, or clusters, of those that count."""
        return np.unique(self.pair.units[self.inside])

    def again(self, values: _Values) -> NDArray[Any] | None:
        """Values on every resample, (B, m); None of too few units."""
        if self.resamples is None or self.units.size < _LEAST:
            return None
        return measured(lambda index: [_number(value) for value in values(index)], self.resamples)

    def without_each(self, values: _Values) -> NDArray[Any] | None:
        """Values without each cluster, (k, m); None of single samples, and of many clusters."""
        if self.pair.clusters is None or not _LEAST <= self.units.size <= _FEW:
            return None
        rest = (np.flatnonzero(self.pair.units != unit) for unit in self.units)
        return np.array([[_number(value) for value in values(index)] for index in rest])


def _beside(values: _Values, higher: Mapping[str, bool], drawn: _Drawn, alpha: float) -> dict[str, Entry]:
    """Entries of what `values` gives for a choice of samples: new and old of every name, and whether more is better."""
    whole = values(np.arange(len(drawn.pair.y_true)))
    again, without = drawn.again(values), drawn.without_each(values)
    entries: dict[str, Entry] = {}
    for place, (name, is_higher) in enumerate(higher.items()):
        new, old = whole[2 * place : 2 * place + 2]
        ends: Entry = {"low": None, "high": None, "reason": f"no interval: {drawn.units.size} independent samples"}
        if again is not None:
            found = interval(_difference(again, place), 1 - 2 * alpha, drawn.units.size)
            if without is not None:
                value = _number(new) - _number(old)
                found = widened(found, value, _difference(again, place), _difference(without, place))
            ends = {"low": _rounded(found.low), "high": _rounded(found.high)}
            ends |= {} if found.reason is None else {"reason": found.reason}
        entries[name] = _entry(new, old, ends) | {"higher_is_better": is_higher}
    return entries


def _difference(values: NDArray[Any], place: int) -> NDArray[Any]:
    return values[:, 2 * place] - values[:, 2 * place + 1]


def _entry(new: float | Undefined, old: float | Undefined, ends: Entry) -> Entry:
    values = {"new": _value(new), "old": _value(old)}
    undefined = next((value.reason for value in (new, old) if isinstance(value, Undefined)), None)
    if values["new"] is None or values["old"] is None:
        reason = undefined or "undefined for one of the two"
        return {**values, "difference": None, "low": None, "high": None, "reason": reason}
    return {**values, "difference": _rounded(values["new"] - values["old"]), **ends}


def _number(value: float | Undefined) -> float:
    return math.nan if isinstance(value, Undefined) else value


def _value(value: float | Undefined) -> float | None:
    return None if isinstance(value, Undefined) or not math.isfinite(value) else _rounded(value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS) + 0.0
