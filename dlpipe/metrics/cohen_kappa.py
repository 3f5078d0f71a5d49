"""Agreement beyond what chance would give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class CohenKappa(Metric):
    """Agreement of labels and answers beyond chance: 1 is perfect, 0 is what their frequencies alone would give.

    Cohen, "A coefficient of agreement for nominal scales" (1960). Undefined where labels and answers are all of one class.
    """

    higher_is_better: ClassVar[bool] = True

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        num_classes = y_pred.probabilities.shape[1]
        actual = np.bincount(y_true, minlength=num_classes).astype(np.float64)
        named = np.bincount(y_pred.predicted, minlength=num_classes).astype(np.float64)
        right = np.array([np.count_nonzero(y_true == y_pred.predicted)], dtype=np.float64)
        found = _kappa(actual[None], named[None], right)[0]
        return Undefined("labels and answers are all of one class") if np.isnan(found) else float(found)

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        return _kappa(samples.actual, samples.named, samples.right.sum(axis=1))


def _kappa(actual: NDArray[Any], named: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Two of shape (R, K) and (R,) → (R,), NaN where undefined."""
    total = actual.sum(axis=1)
    by_chance = np.sum(actual * named, axis=1)
    room = total**2 - by_chance
    return np.divide(right * total - by_chance, room, out=np.full_like(total, np.nan), where=room > 0)
