"""How many of the answers about single classes are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.sets import OfSets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class HammingLoss(OfSets):
    """Of several labels, the share of all pairs of sample and class that are answered wrong, by missing or by adding one.

    Of rare classes it is small whatever the model: compare with the baselines.
    """

    higher_is_better: ClassVar[bool] = False

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        if not len(y_true):
            return Undefined("no samples")
        return float(np.mean(_wrong(y_true, y_pred)))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        return samples.mean(_wrong(samples.y_true, samples.y_pred))


def _wrong(y_true: NDArray[Any], y_pred: Predictions) -> NDArray[Any]:
    """The share of each sample's classes that are answered wrong. Shape (n,)."""
    return ((y_true > 0) != y_pred.predicted).mean(axis=1)
