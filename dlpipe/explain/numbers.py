"""Means with their intervals, as the gate reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.metrics import Metric, Predictions, Undefined
from dlpipe.statistics import by_label, interval, measured

Entry = dict[str, Any]

_RESAMPLES = 1000
_CONFIDENCE = 0.95
_DIGITS = 6


def mean(values: NDArray[Any], seed: int) -> Entry:
    """The mean of n values with its bootstrap interval; null with a reason where there are none."""
    if values.size == 0:
        return {"value": None, "low": None, "high": None, "reason": "no samples"}
    draws = np.random.default_rng(seed).integers(0, values.size, (_RESAMPLES, values.size))
    return _entry(float(values.mean()), values[draws].mean(axis=1))


def metric(of: Metric, y_true: NDArray[Any], said: Predictions, seed: int, resamples: int = 300) -> Entry:
    """A metric's value with its bootstrap interval, drawn within each label."""
    value = of.value(y_true, said)
    if isinstance(value, Undefined):
        return {"value": None, "low": None, "high": None, "reason": value.reason}

    def drawn(index: NDArray[Any]) -> list[float]:
        found = of.value(y_true[index], said.take(index))
        return [np.nan if isinstance(found, Undefined) else found]

    return _entry(value, measured(drawn, by_label(y_true, resamples, seed))[:, 0])


def share(count: int, n: int) -> Entry:
    """A share with Wilson's interval (JASA 1927), which holds for small n too."""
    if n == 0:
        return {"value": None, "low": None, "high": None, "reason": "no samples", "n": 0}
    z, value = 1.959964, count / n
    middle = (value + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(value * (1 - value) / n + z**2 / (4 * n**2))
    return {"value": _rounded(value), "low": _rounded(middle - half), "high": _rounded(middle + half), "n": n}


def _entry(value: float, resampled: NDArray[Any]) -> Entry:
    found = interval(resampled, _CONFIDENCE)
    told: Entry = {"value": _rounded(value), "low": _rounded(found.low), "high": _rounded(found.high)}
    return told if found.reason is None else {**told, "reason": found.reason}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS) + 0.0
