"""How far probabilities are from frequencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Ece(Metric):
    """Expected calibration error: mean gap between confidence and accuracy over bins of equal width, by bin size.

    Confidence is the probability of the most probable class, whatever the operating point; bin b of B holds
    confidences in ((b - 1) / B, b / B]. Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017). On few
    samples it is larger than 0 even for perfect probabilities: read it beside its interval and the calibration plot.
    """

    higher_is_better: ClassVar[bool] = False

    num_bins: int = Field(default=15, ge=1, le=1000, description="Number of bins of equal width over [0, 1].")

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        if y_true.size == 0:
            return Undefined("no samples")
        confidence = y_pred.probabilities.max(axis=1)
        right = y_pred.probabilities.argmax(axis=1) == y_true
        inner_edges = np.linspace(0, 1, self.num_bins + 1)[1:-1]
        place = np.searchsorted(inner_edges, confidence, side="left")
        gap = np.bincount(place, weights=right - confidence, minlength=self.num_bins)
        return float(np.abs(gap).sum() / y_true.size)
