"""Whether groups get right and wrong answers equally often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.fairness import FairnessMetric

if TYPE_CHECKING:
    from numpy.typing import NDArray


class EqualizedOdds(FairnessMetric):
    """Largest difference between groups in the share of a label's samples that get a certain answer.

    With two classes this is Fairlearn's `equalized_odds_difference`: the larger of the gaps in true and in false
    positive rate. With more it is the same condition (answer independent of group, given the label; Hardt, Price and
    Srebro, NeurIPS 2016) over every pair of label and answer. Undefined where a group lacks a label: Fairlearn takes a
    rate of 0 there, which makes up a gap.
    """

    def gap(self, y_true: NDArray[Any], y_pred: Predictions, group: NDArray[Any]) -> float | Undefined:
        names, at = np.unique(group, return_inverse=True)
        if names.size < 2:  # noqa: PLR2004 - a gap needs two sides
            return Undefined("fewer than two groups occur")
        num_classes = y_pred.probabilities.shape[1]
        shape = (names.size, num_classes, num_classes)
        cell = (at * num_classes + y_true) * num_classes + y_pred.predicted
        counts = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)
        labelled = counts.sum(axis=2, keepdims=True)
        if not labelled.all():
            lacking = names[int(np.argmin(labelled.min(axis=(1, 2))))]
            return Undefined(f"group '{lacking}' has no sample of one of the classes")
        return float(np.ptp(counts / labelled, axis=0).max())
