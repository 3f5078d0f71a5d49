"""The squared error of probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class Brier(Metric):
    """Mean squared error of the positive class's probability; of more than two classes, summed over all of them.

    0 is perfect and 1 (of more than two classes 2) the worst; a proper score: no probability but the true one is best.
    Brier, "Verification of forecasts expressed in terms of probability" (1950).
    """

    higher_is_better: ClassVar[bool] = False

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        if y_true.size == 0:
            return Undefined("no samples")
        return float(np.mean(_errors(y_true, y_pred)))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        return samples.mean(_errors(samples.y_true, samples.y_pred))


def _errors(y_true: NDArray[Any], y_pred: Predictions) -> NDArray[Any]:
    """The squared error of each sample. Shape (n,)."""
    if y_pred.positive is not None:
        return (y_pred.probabilities[:, y_pred.positive] - (y_true == y_pred.positive)) ** 2
    return np.sum((y_pred.probabilities - np.eye(y_pred.probabilities.shape[1])[y_true]) ** 2, axis=1)
