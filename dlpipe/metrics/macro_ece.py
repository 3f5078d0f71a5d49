"""How far each class's probability is from frequency, where a sample may have several classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from dlpipe.metrics import IntervalMethod, Predictions, Undefined
from dlpipe.metrics.sets import OfSets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class MacroEce(OfSets):
    """Of several labels, the mean over classes of the gap between probability and frequency, over bins by bin size.

    Of each class the bins hold its probability, not the confidence in whatever answer: bin b of B holds those in
    ((b - 1) / B, b / B]. On few samples it is larger than 0 even for perfect probabilities.
    """

    higher_is_better: ClassVar[bool] = False
    interval: ClassVar[IntervalMethod] = "quieted"

    num_bins: int = Field(default=15, ge=1, le=1000, description="Number of bins of equal width over [0, 1].")

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        if not len(y_true):
            return Undefined("no samples")
        gaps = [np.bincount(place, weights=each, minlength=self.num_bins) for place, each in self._gaps(y_true, y_pred)]
        return float(np.mean(np.abs(gaps).sum(axis=1)) / len(y_true))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        found = samples.prepared.once(f"ece {self.num_bins}", lambda: self._gaps(samples.y_true, samples.y_pred))
        gaps = [np.abs(samples.sums(place, self.num_bins, each)).sum(axis=1) for place, each in found]
        with np.errstate(invalid="ignore"):
            return np.mean(gaps, axis=0) / samples.totals

    def _gaps(self, y_true: NDArray[Any], y_pred: Predictions) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        """Of each class every sample's bin, and 1 or 0 for having it less its probability. All (n,)."""
        inner_edges = np.linspace(0, 1, self.num_bins + 1)[1:-1]
        return [
            (np.searchsorted(inner_edges, probability, side="left"), has - probability)
            for has, probability in zip((y_true > 0).T, y_pred.probabilities.T, strict=True)
        ]
