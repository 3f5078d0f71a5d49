"""How far probabilities are from frequencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from dlpipe.metrics import IntervalMethod, Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class Ece(Metric):
    """Expected calibration error: mean gap between confidence and accuracy over bins of equal width, by bin size.

    Confidence is the probability of the most probable class, whatever the operating point; bin b of B holds
    confidences in ((b - 1) / B, b / B]. Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017). On few
    samples it is larger than 0 even for perfect probabilities: read it beside its interval and the calibration plot.
    """

    higher_is_better: ClassVar[bool] = False
    interval: ClassVar[IntervalMethod] = "quieted"

    num_bins: int = Field(default=15, ge=1, le=1000, description="Number of bins of equal width over [0, 1].")

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        if y_true.size == 0:
            return Undefined("no samples")
        place, each = self._gaps(y_true, y_pred)
        gap = np.bincount(place, weights=each, minlength=self.num_bins)
        return float(np.abs(gap).sum() / y_true.size)

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        place, gap = samples.prepared.once(f"ece {self.num_bins}", lambda: self._gaps(samples.y_true, samples.y_pred))
        with np.errstate(invalid="ignore"):
            return np.abs(samples.sums(place, self.num_bins, gap)).sum(axis=1) / samples.totals

    def _gaps(self, y_true: NDArray[Any], y_pred: Predictions) -> tuple[NDArray[Any], NDArray[Any]]:
        """Each sample's bin, and 1 or 0 for right or wrong less its confidence. Both (n,)."""
        confidence = y_pred.probabilities.max(axis=1)
        right = y_pred.probabilities.argmax(axis=1) == y_true
        inner_edges = np.linspace(0, 1, self.num_bins + 1)[1:-1]
        return np.searchsorted(inner_edges, confidence, side="left"), right - confidence
