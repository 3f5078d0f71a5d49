"""What surprise the labels are to the probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class LogLoss(Metric):
    """Mean negative logarithm of the probability that the right class was given; a proper score, hard on sure errors.

    Probabilities below 2.2e-16 count as that much, as in scikit-learn: one sure error does not make it infinite.
    """

    higher_is_better: ClassVar[bool] = False

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        if y_true.size == 0:
            return Undefined("no samples")
        return float(np.mean(_losses(y_true, y_pred)))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        return samples.mean(_losses(samples.y_true, samples.y_pred))


def _losses(y_true: NDArray[Any], y_pred: Predictions) -> NDArray[Any]:
    """The loss of each sample. Shape (n,)."""
    given = y_pred.probabilities[np.arange(y_true.size), y_true]
    return -np.log(np.maximum(given, np.finfo(np.float64).eps)) + 0.0
