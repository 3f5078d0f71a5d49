"""How many samples are answered without any mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.sets import OfSets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class SubsetAccuracy(OfSets):
    """Of several labels, the share of samples whose set of classes is answered exactly: a hard measure of many classes."""

    higher_is_better: ClassVar[bool] = True

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        if not len(y_true):
            return Undefined("no samples")
        return float(np.mean(_exact(y_true, y_pred)))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        return samples.mean(_exact(samples.y_true, samples.y_pred))


def _exact(y_true: NDArray[Any], y_pred: Predictions) -> NDArray[Any]:
    """Shape (n,)."""
    return ((y_true > 0) == y_pred.predicted).all(axis=1).astype(np.float64)
