"""Precision and recall of the class that is looked for, in one number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class F1(Metric):
    """Harmonic mean of the positive class's precision and recall; of more than two classes, each weighs its labels.

    With more classes this is scikit-learn's `average="weighted"`: frequent classes count more, in `macro_f1` they do
    not. Undefined where the positive class is neither label nor answer.
    """

    higher_is_better: ClassVar[bool] = True

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        num_classes = y_pred.probabilities.shape[1]
        actual = np.bincount(y_true, minlength=num_classes)
        named = np.bincount(y_pred.predicted, minlength=num_classes)
        right = np.bincount(y_true[y_true == y_pred.predicted], minlength=num_classes)
        found = _f1(actual[None], named[None], right[None], y_pred.positive)[0]
        return (
            Undefined("the positive class occurs nowhere" if y_true.size else "no samples")
            if np.isnan(found)
            else float(found)
        )

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        return _f1(samples.actual, samples.named, samples.right, samples.y_pred.positive)


def _f1(actual: NDArray[Any], named: NDArray[Any], right: NDArray[Any], positive: int | None) -> NDArray[Any]:
    """All counts have shape (R, K), the result (R,), NaN where undefined."""
    both = (actual + named).astype(np.float64)
    each = np.divide(2.0 * right, both, out=np.zeros_like(both), where=both > 0)
    if positive is not None:
        return np.where(both[:, positive] > 0, each[:, positive], np.nan)
    with np.errstate(invalid="ignore"):
        return np.sum(each * actual, axis=1) / actual.sum(axis=1)
