"""Accuracy that a frequent class cannot carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class BalancedAccuracy(Metric):
    """Mean, over the classes that occur, of the share of their samples that is recognised.

    Brodersen et al., "The balanced accuracy and its posterior distribution" (ICPR 2010).
    """

    higher_is_better: ClassVar[bool] = True

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        num_classes = y_pred.probabilities.shape[1]
        actual = np.bincount(y_true, minlength=num_classes)
        present = actual > 0
        if present.sum() < 2:  # noqa: PLR2004 - of one class there is nothing to balance
            return Undefined("fewer than two classes occur")
        right = np.bincount(y_true[y_true == y_pred.predicted], minlength=num_classes)
        return float(np.mean(right[present] / actual[present]))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        present = samples.actual > 0
        found = np.divide(samples.right, samples.actual, out=np.zeros_like(samples.right), where=present).sum(axis=1)
        held = present.sum(axis=1)
        return np.where(held < 2, np.nan, found / np.maximum(held, 1))  # noqa: PLR2004 - as above
