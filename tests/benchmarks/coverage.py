"""How often an interval of 95 % holds the truth, in test sets drawn again and again from a world whose truth is known.

Scores of two classes are normal; in the clustered worlds those of a cluster move together, and so do its labels. The
truth is the value of each metric over a million samples of that world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dlpipe.core.plugin import make, names
from dlpipe.evaluate.groups import gaps
from dlpipe.evaluate.measuring import Ruler
from dlpipe.metrics import Metric, Predictions
from dlpipe.metrics.fairness import FairnessMetric
from dlpipe.statistics import by_cluster, by_label

MINUTES = 25

TRIALS, RESAMPLES = 2000, 400
_LARGE, _LARGE_TRIALS = 200, 5 * TRIALS
"""Samples of a class from which a promise is kept, 95 ± 1.5 %: there chance must not decide whether it is."""
_SIZE = 20
"""Samples of a cluster."""
_MANY = 1_000_000

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class World:
    """Where test sets come from."""

    per_class: int = 0
    """Independent samples of each class, or no clusters."""
    clusters: int = 0
    """Clusters of 20 samples that are alike."""

    def draw(self, random: np.random.Generator) -> tuple[Array, Predictions, Array]:
        """Labels, predictions and clusters of one test set."""
        number = self.clusters or 2 * self.per_class
        size = _SIZE if self.clusters else 1
        units = np.repeat(np.arange(number), size)
        shift = random.normal(0, 0.5 if self.clusters else 0, number)[units]
        share = np.clip(0.5 + 0.25 * shift, 0.05, 0.95)
        y_true = (random.random(units.size) < share).astype(np.int64) if self.clusters else np.arange(number) % 2
        logit = 1.2 * (2 * y_true - 1) + 0.5 * shift + random.normal(0, 1.2, units.size)
        positive = 1 / (1 + np.exp(-1.2 * logit))
        shares = np.stack([1 - positive, positive], axis=1)
        return y_true, Predictions(shares, (positive >= 0.4).astype(np.int64), 1), units

    def truth(self, metrics: dict[str, Metric]) -> dict[str, float]:
        """The value of every metric over very many samples."""
        many = World(clusters=_MANY // _SIZE) if self.clusters else World(per_class=_MANY // 2)
        y_true, said, _ = many.draw(np.random.default_rng(1))
        return {name: float(metric.value(y_true, said)) for name, metric in metrics.items()}  # type: ignore[arg-type]


def coverage(world: World, trials: int = TRIALS, resamples: int = RESAMPLES) -> dict[str, float]:
    """Of every metric the share of test sets, in per cent, whose interval holds the truth."""
    metrics = {name: metric for name in names(Metric) if (metric := make(Metric, name, {})).of_one}
    truth = world.truth(metrics)
    held = dict.fromkeys(metrics, 0)
    random = np.random.default_rng(0)
    for trial in range(trials):
        y_true, said, units = world.draw(random)
        drawn = by_cluster(units, resamples, trial) if world.clusters else by_label(y_true, resamples, trial)
        for name, entry in Ruler(metrics, y_true, drawn, 0.95).measure(said).entries.items():
            held[name] += entry["low"] is not None and entry["low"] <= truth[name] <= entry["high"]
    return {name: round(100 * count / trials, 1) for name, count in held.items()}


def measure() -> dict[str, Any]:
    """Coverage of nominal 95 % in per cent, by world and metric."""
    worlds = {
        "200 of each class": World(per_class=_LARGE),
        "50 of each class": World(per_class=50),
        "40 clusters": World(clusters=40),
        "12 clusters": World(clusters=12),
    }
    found = {
        name: coverage(world, _LARGE_TRIALS if world.per_class == _LARGE else TRIALS) for name, world in worlds.items()
    }
    unevenness = {f"gaps between two groups of 400, shifted by {shift}": of_gaps(shift) for shift in (0.0, 0.3, 0.8)}
    return {"trials": TRIALS, "trials with 200 of each class": _LARGE_TRIALS, **found, **unevenness}


def of_gaps(shift: float, trials: int = TRIALS // 2, resamples: int = RESAMPLES) -> dict[str, float]:
    """The same of gaps: one of two groups scores higher by `shift`; at 0 the model is even, and all true gaps are 0."""
    metrics = {name: make(FairnessMetric, name, {}) for name in names(FairnessMetric)}
    truth = {name: metric.gap(*_two_groups(np.random.default_rng(1), _MANY, shift)) for name, metric in metrics.items()}
    even = {name: 0.0 if shift == 0 else float(gap) for name, gap in truth.items()}  # type: ignore[arg-type] - defined
    held = dict.fromkeys(metrics, 0)
    random = np.random.default_rng(0)
    for trial in range(trials):
        y_true, said, group = _two_groups(random, 800, shift)
        ruler = Ruler({}, y_true, by_label(y_true, resamples, trial), 0.95)
        for name, entry in gaps(ruler, said, {"group": group}, metrics).differences["group"].items():
            held[name] += entry["low"] is not None and entry["low"] <= even[name] <= entry["high"]
    return {name: round(100 * count / trials, 1) for name, count in held.items()}


def _two_groups(random: np.random.Generator, number: int, shift: float) -> tuple[Array, Predictions, Array]:
    y_true, group = np.arange(number) % 2, np.arange(number) // 2 % 2
    logit = 1.2 * (2 * y_true - 1) + random.normal(0, 1.2, number) + shift * group
    positive = 1 / (1 + np.exp(-1.2 * logit))
    said = Predictions(np.stack([1 - positive, positive], axis=1), (positive >= 0.5).astype(np.int64), 1)
    return y_true, said, np.array(["a", "b"])[group]
