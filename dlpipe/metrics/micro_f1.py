"""Precision and recall in one number, over all answers about all classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.sets import OfSets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class MicroF1(OfSets):
    """Of several labels, F1 over all pairs of sample and class together, so that frequent classes count more.

    Undefined where no sample has a class and none is answered.
    """

    higher_is_better: ClassVar[bool] = True

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        right, both = _counts(y_true, y_pred)
        if not both.sum():
            return Undefined("no class is label or answer of any sample" if len(y_true) else "no samples")
        return float(2 * right.sum() / both.sum())

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        right, both = _counts(samples.y_true, samples.y_pred)
        with np.errstate(invalid="ignore"):
            return 2 * samples.mean(right) / samples.mean(both)


def _counts(y_true: NDArray[Any], y_pred: Predictions) -> tuple[NDArray[Any], NDArray[Any]]:
    """Of each sample, how many of its classes are found, and how many it has and is said to have. Both (n,)."""
    has = y_true > 0
    right = (has & y_pred.predicted).sum(axis=1).astype(np.float64)
    return right, (has.sum(axis=1) + y_pred.predicted.sum(axis=1)).astype(np.float64)
