"""Whether groups get each answer equally often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.fairness import FairnessMetric

if TYPE_CHECKING:
    from numpy.typing import NDArray


class DemographicParity(FairnessMetric):
    """Largest difference between groups in the share of samples predicted to be of a class.

    With two classes this is Fairlearn's `demographic_parity_difference`; with more, the largest over classes. It asks
    for equal answers, whether or not the labels are equally frequent in the groups.
    """

    def gap(
        self,
        y_true: NDArray[Any],  # noqa: ARG002 - the verb's signature
        y_pred: Predictions,
        group: NDArray[Any],
    ) -> float | Undefined:
        names, at = np.unique(group, return_inverse=True)
        if names.size < 2:  # noqa: PLR2004 - a gap needs two sides
            return Undefined("fewer than two groups occur")
        num_classes = y_pred.probabilities.shape[1]
        cells = np.bincount(at * num_classes + y_pred.predicted, minlength=names.size * num_classes)
        counts = cells.reshape(names.size, num_classes)
        return float(np.ptp(counts / counts.sum(axis=1, keepdims=True), axis=0).max())
