"""From what a network puts out to probabilities and answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Curve = dict[str, list[float]]
"""A line through points: `x` rises, `y` does not fall."""


def calibrated(logits: Array, temperature: float) -> Array:
    """Softmax of logits / temperature. (n, K) → (n, K) float64."""
    scaled = logits.astype(np.float64) / temperature
    exponentials = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def corrected(probabilities: Array, curves: Sequence[Curve] | None) -> Array:
    """Probabilities through a curve a class, if there are any; rows sum to 1 again. (n, K) → (n, K)."""
    if curves is None:
        return probabilities
    columns = [np.interp(probabilities[:, index], curve["x"], curve["y"]) for index, curve in enumerate(curves)]
    mended = np.stack(columns, axis=1)
    return mended / mended.sum(axis=1, keepdims=True)


def decided(probabilities: Array, positive: int | None, threshold: float | None) -> Array:
    """Class indices (n,): the positive class from `threshold` on, or the most probable where there is no threshold."""
    if positive is None or threshold is None:
        return probabilities.argmax(axis=1)
    return np.where(probabilities[:, positive] >= threshold, positive, 1 - positive)


def sigmoid(logits: Array, temperature: float) -> Array:
    """Of each class by itself, 1 / (1 + exp(-logit / temperature)). (n, K) → (n, K) float64."""
    scaled = logits.astype(np.float64) / temperature
    small = np.exp(-np.abs(scaled))  # never over 1, so that nothing overflows
    return np.where(scaled >= 0, 1 / (1 + small), small / (1 + small))


def over(probabilities: Array, thresholds: Sequence[float]) -> Array:
    """Which classes reach their threshold. (n, K) → (n, K) bool."""
    return probabilities >= np.asarray(thresholds, dtype=np.float64)
