"""Whether answers and labels go together, whatever the classes' sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class Mcc(Metric):
    """Matthews correlation between labels and answers: 1 is perfect, 0 is chance, below it is worse than chance.

    For any number of classes by Gorodkin, "Comparing two K-category assignments by a K-category correlation
    coefficient" (2004). Undefined where all labels, or all answers, are the same: scikit-learn says 0 there.
    """

    higher_is_better: ClassVar[bool] = True

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        num_classes = y_pred.probabilities.shape[1]
        actual = np.bincount(y_true, minlength=num_classes).astype(np.float64)
        named = np.bincount(y_pred.predicted, minlength=num_classes).astype(np.float64)
        right = np.array([np.count_nonzero(y_true == y_pred.predicted)], dtype=np.float64)
        found = _correlation(actual[None], named[None], right)[0]
        return Undefined("all labels or all answers are the same") if np.isnan(found) else float(found)

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        return _correlation(samples.actual, samples.named, samples.right.sum(axis=1))


def _correlation(actual: NDArray[Any], named: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Two of shape (R, K) and (R,) → (R,), NaN where undefined."""
    total = actual.sum(axis=1)
    spread = (total**2 - np.sum(actual**2, axis=1)) * (total**2 - np.sum(named**2, axis=1))
    shared = right * total - np.sum(actual * named, axis=1)
    return np.divide(shared, np.sqrt(spread), out=np.full_like(total, np.nan), where=spread > 0)
