"""How far probabilities are from frequencies, where the samples are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from dlpipe.metrics import IntervalMethod, Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Order, Weighed


class AdaptiveEce(Metric):
    """Expected calibration error over bins that hold equally many samples each, so that none is nearly empty.

    Nixon et al., "Measuring Calibration in Deep Learning" (CVPR workshops 2019), of the most probable class. A sample,
    or several of equal confidence, on the edge of two bins counts in both by its share of each: the order of equal ones
    does not matter.
    """

    higher_is_better: ClassVar[bool] = False
    interval: ClassVar[IntervalMethod] = "quieted"

    num_bins: int = Field(default=15, ge=1, le=1000, description="Number of bins, equally many samples in each.")

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        if y_true.size == 0:
            return Undefined("no samples")
        confidence = y_pred.probabilities.max(axis=1)
        distinct, at = np.unique(confidence, return_inverse=True)
        held = np.bincount(at, minlength=distinct.size)
        gap = np.bincount(at, weights=_gaps(y_true, y_pred), minlength=distinct.size)
        return self._error(np.cumsum(held), np.cumsum(gap))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        order: Order = samples.prepared.order("unsureness", -samples.prepared.confidence)
        gap = (samples.prepared.is_right - samples.prepared.confidence)[order.index]
        found = np.full(len(samples.weights), np.nan)
        for place, row in enumerate(samples.weights):
            drawn = row[order.index]
            held = np.cumsum(drawn, dtype=np.int64)
            if held.size and held[-1]:
                found[place] = self._error(held[order.ends], np.cumsum(drawn * gap)[order.ends])
        return found

    def _error(self, held: NDArray[Any], gap: NDArray[Any]) -> float:
        """From the number of samples, and the sum of their gaps, up to each distinct confidence. Both (D,)."""
        edges = np.linspace(0, held[-1], self.num_bins + 1)
        sums = np.interp(edges, np.concatenate([[0], held]), np.concatenate([[0], gap]))
        return float(np.abs(np.diff(sums)).sum() / held[-1])


def _gaps(y_true: NDArray[Any], y_pred: Predictions) -> NDArray[Any]:
    """1 or 0 for right or wrong, less the confidence. Shape (n,)."""
    return (y_pred.probabilities.argmax(axis=1) == y_true) - y_pred.probabilities.max(axis=1)
