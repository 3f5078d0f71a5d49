"""Every number with its interval: overall, for baselines, as paired differences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.metrics import Metric, Predictions, Undefined
from dlpipe.statistics import Resamples, interval, measured

DIGITS = 6

Entry = dict[str, Any]
"""`value`, `low`, `high`, and a `reason` where one of them is null."""


@dataclass(frozen=True)
class Measured:
    """The metrics of one set of predictions."""

    entries: dict[str, Entry]
    resampled: NDArray[Any]
    """Shape (number of resamples, number of metrics), NaN where undefined; the metrics' order is that of `entries`."""


@dataclass(frozen=True)
class Ruler:
    """What all predictions of the same test samples are measured with, so that they can be compared in pairs."""

    metrics: Mapping[str, Metric]
    y_true: NDArray[Any]
    """Shape (n,), class indices."""
    resamples: Resamples
    confidence: float

    def measure(self, predictions: Predictions, inside: NDArray[Any] | None = None) -> Measured:
        """All metrics with intervals; over the samples where `inside`, shape (n,) bool, is true, if it is given.

        A part of the samples has no resamples of its own: its size varies with the draw, as it would in new data.
        """

        def values(index: NDArray[Any]) -> list[float | Undefined]:
            part = index if inside is None else index[inside[index]]
            truth, said = self.y_true[part], predictions.take(part)
            return [metric.value(truth, said) for metric in self.metrics.values()]

        resampled = measured(lambda index: [number(value) for value in values(index)], self.resamples)
        found = zip(self.metrics, values(np.arange(self.y_true.size)), resampled.T, strict=True)
        return Measured({name: entry(value, column, self.confidence) for name, value, column in found}, resampled)

    def differences(self, model: Measured, baseline: Measured) -> dict[str, Entry]:
        """Model less baseline, metric by metric, on the same resamples."""
        pairs: dict[str, Entry] = {}
        for column, name in enumerate(self.metrics):
            values = model.entries[name]["value"], baseline.entries[name]["value"]
            gap = Undefined("undefined for one of the two") if None in values else values[0] - values[1]
            found = entry(gap, model.resampled[:, column] - baseline.resampled[:, column], self.confidence)
            pairs[name] = {"difference": found.pop("value"), **found}
        return pairs


def number(value: float | Undefined) -> float:
    """A value as arrays hold it: NaN where undefined."""
    return math.nan if isinstance(value, Undefined) else value


def entry(value: float | Undefined, resampled: NDArray[Any], confidence: float) -> Entry:
    """A value and its interval as JSON holds them."""
    if not isinstance(value, Undefined) and not math.isfinite(value):
        value = Undefined(f"the metric gave {value}")
    if isinstance(value, Undefined):
        return {"value": None, "low": None, "high": None, "reason": value.reason}
    found = interval(resampled, confidence)
    ends = {"low": _rounded(found.low), "high": _rounded(found.high)}
    told = {"value": _rounded(value), **ends}
    return told if found.reason is None else {**told, "reason": found.reason}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), DIGITS) + 0.0
