"""Whether a probability means the same in all groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.fairness import FairnessMetric, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class GroupCalibration(FairnessMetric):
    """Largest difference between groups in how far probabilities are from frequencies (calibration within groups).

    Of each group the expected calibration error of the most probable class, over bins of equal width (Pleiss et al.,
    "On Fairness and Calibration", NeurIPS 2017). The smaller a group, the larger its error by chance alone.
    """

    num_bins: int = Field(default=10, ge=1, le=1000, description="Number of bins of equal width over [0, 1].")

    def gap(self, y_true: NDArray[Any], y_pred: Predictions, group: NDArray[Any]) -> float | Undefined:
        found = self._found(y_true, y_pred, group)
        return found if isinstance(found, Undefined) else float(np.ptp(found))

    def ratio(self, y_true: NDArray[Any], y_pred: Predictions, group: NDArray[Any]) -> float | Undefined:
        found = self._found(y_true, y_pred, group)
        if isinstance(found, Undefined):
            return found
        return float(found.min() / found.max()) if found.max() > 0 else Undefined("no group has an error")

    def _found(self, y_true: NDArray[Any], y_pred: Predictions, group: NDArray[Any]) -> NDArray[Any] | Undefined:
        names, at = np.unique(group, return_inverse=True)
        if names.size < 2:  # noqa: PLR2004 - a gap needs two sides
            return Undefined("fewer than two groups occur")
        place, each = self._gaps(y_true, y_pred, at)
        sums = np.bincount(place, weights=each, minlength=names.size * self.num_bins)
        return np.abs(sums).reshape(-1, self.num_bins).sum(axis=1) / np.bincount(at)

    def _gaps(self, y_true: NDArray[Any], y_pred: Predictions, at: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Each sample's group and bin as one number, and 1 or 0 for right or wrong less its confidence. Both (n,)."""
        confidence = y_pred.probabilities.max(axis=1)
        edges = np.linspace(0, 1, self.num_bins + 1)[1:-1]
        place = at * self.num_bins + np.searchsorted(edges, confidence, side="left")
        return place, (y_pred.probabilities.argmax(axis=1) == y_true) - confidence

    def weighted(self, samples: Weighed, group: NDArray[Any]) -> NDArray[Any]:
        names, at = np.unique(group, return_inverse=True)
        if names.size < 2:  # noqa: PLR2004 - as above
            return np.full((len(samples.weights), 2), np.nan)
        place, each = self._gaps(samples.y_true, samples.y_pred, at)
        sums = np.abs(samples.sums(place, names.size * self.num_bins, each)).reshape(-1, names.size, self.num_bins)
        found = shares(sums.sum(axis=2), samples.sums(at, names.size))
        least, most = found.min(axis=1), found.max(axis=1)
        return np.stack([most - least, shares(least, most)], axis=1)
