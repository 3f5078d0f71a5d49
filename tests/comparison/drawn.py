"""Two models of chance: as good as one another, or not, and alike as two trainings are."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlpipe.comparison.paired import Pair
from dlpipe.metrics import Predictions


def drawn(
    random: np.random.Generator, n: int, *, old: float = 1.5, new: float = 1.5, alike: float = 0.7, per_cluster: int = 0
) -> Pair:
    """Scores are normal, positives higher by `old` and `new` deviations; the models share `alike` of their noise.

    With `per_cluster`, so many samples share half of the variance of both models' noise.
    """
    y_true = (random.random(n) < 0.4).astype(np.int64)
    shared = random.normal(size=n)
    sides = [_scores(random, y_true, shift, shared, alike, per_cluster) for shift in (new, old)]
    groups = {"site": np.where(random.random(n) < 0.5, "a", "b")}
    clusters = (np.arange(n) // per_cluster).astype(str) if per_cluster else None
    return Pair(y_true, *(_predictions(scores) for scores in sides), groups, clusters)


def _scores(random: np.random.Generator, y_true: Any, shift: float, shared: Any, alike: float, per_cluster: int) -> Any:
    own = random.normal(size=y_true.size)
    noise = np.sqrt(alike) * shared + np.sqrt(1 - alike) * own
    if per_cluster:
        of_cluster = random.normal(size=-(-y_true.size // per_cluster))[np.arange(y_true.size) // per_cluster]
        noise = np.sqrt(0.5) * noise + np.sqrt(0.5) * of_cluster
    return shift * (y_true - 0.5) + noise


def _predictions(scores: Any) -> Predictions:
    positive = 1 / (1 + np.exp(-scores))
    return Predictions(np.stack([1 - positive, positive], axis=1), (positive >= 0.5).astype(np.int64), 1)
