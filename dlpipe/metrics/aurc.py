"""What is gained by leaving the unsure samples to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Order, Weighed


class Aurc(Metric):
    """Area under the risk-coverage curve: the error rate among the surest samples, averaged over how many are kept.

    Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks" (NeurIPS 2017). Sure is what has a high
    probability of its most probable class; samples of equal confidence enter together, at their shared error rate.
    """

    higher_is_better: ClassVar[bool] = False

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        if y_true.size == 0:
            return Undefined("no samples")
        distinct, at = np.unique(-y_pred.probabilities.max(axis=1), return_inverse=True)
        held = np.bincount(at, minlength=distinct.size)
        wrong = np.bincount(at, weights=y_pred.probabilities.argmax(axis=1) != y_true, minlength=distinct.size)
        counts = [np.concatenate([[0], np.cumsum(each)]) for each in (held, wrong)]
        return _area(counts[0], counts[1]) / y_true.size

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        order: Order = samples.prepared.order("sureness", samples.prepared.confidence)
        curves = zip(*samples.running(order, ~samples.prepared.is_right), strict=True)
        with np.errstate(invalid="ignore"):
            return np.array([_area(held, wrong) for wrong, held in curves]) / samples.totals


def _area(held: NDArray[Any], wrong: NDArray[Any]) -> float:
    """Sum over samples of the error rate down to their confidence, from counts at each distinct one. Both (D + 1,)."""
    return float(np.diff(held).astype(np.float64) @ (wrong / np.maximum(held, 1))[1:])
