"""Every number with its interval: overall, for baselines, as paired differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.metrics import IntervalMethod, Metric, Predictions, Undefined
from dlpipe.metrics.weighing import Prepared, Weighed
from dlpipe.statistics import Interval, Resamples, interval, on_logits, quieted, weighed

DIGITS = 6

_METHODS: dict[IntervalMethod, Callable[[NDArray[Any], float, float, int | None], Interval]] = {
    "percentile": lambda values, _, confidence, units: interval(values, confidence, units),
    "quieted": quieted,
    "logit": on_logits,
}

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
    """Shape (n,), class indices; (n, K), 0 or 1, where a sample may have several classes."""
    resamples: Resamples
    confidence: float

    def measure(self, predictions: Predictions, inside: NDArray[Any] | None = None) -> Measured:
        """All metrics with intervals; over the samples where `inside`, shape (n,) bool, is true, if it is given.

        A part of the samples has no resamples of its own: its size varies with the draw, as it would in new data.
        """
        part = np.arange(len(self.y_true)) if inside is None else np.flatnonzero(inside)
        prepared = Prepared(self.y_true[part], predictions.take(part))

        def values(counts: NDArray[Any]) -> NDArray[Any]:
            samples = Weighed(prepared, counts if inside is None else counts[:, part])
            return np.stack([metric.weighted(samples) for metric in self.metrics.values()], axis=1)

        resampled = weighed(values, self.resamples) if self.metrics else np.empty((len(self.resamples), 0))
        units = self.resamples.num_units(inside)
        entries = {
            name: entry(
                metric.value(prepared.y_true, prepared.y_pred),
                column,
                self.confidence,
                units,
                metric.interval,
            )
            for (name, metric), column in zip(self.metrics.items(), resampled.T, strict=True)
        }
        return Measured(entries, resampled)

    def differences(self, model: Measured, baseline: Measured) -> dict[str, Entry]:
        """Model less baseline, metric by metric, on the same resamples."""
        pairs: dict[str, Entry] = {}
        for column, name in enumerate(self.metrics):
            values = model.entries[name]["value"], baseline.entries[name]["value"]
            gap = Undefined("undefined for one of the two") if None in values else values[0] - values[1]
            drawn = model.resampled[:, column] - baseline.resampled[:, column]
            found = entry(gap, drawn, self.confidence, self.resamples.num_units())
            pairs[name] = {"difference": found.pop("value"), **found}
        return pairs


def entry(
    value: float | Undefined,
    resampled: NDArray[Any],
    confidence: float,
    units: int | None = None,
    method: IntervalMethod = "percentile",
) -> Entry:
    """A value and its interval as JSON holds them; `units` as `interval` takes them."""
    if not isinstance(value, Undefined) and not math.isfinite(value):
        value = Undefined(f"the metric gave {value}")
    if isinstance(value, Undefined):
        return {"value": None, "low": None, "high": None, "reason": value.reason}
    found = _METHODS[method](resampled, value, confidence, units)
    ends = {"low": rounded(found.low), "high": rounded(found.high)}
    told = {"value": rounded(value), **ends}
    return told if found.reason is None else {**told, "reason": found.reason}


def rounded(value: float | None) -> float | None:
    """A number as JSON holds it: 6 digits, no minus zero."""
    return None if value is None else round(float(value), DIGITS) + 0.0
