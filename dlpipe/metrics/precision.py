"""How many of those that are named are what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class Precision(Metric):
    """Share of the positive answers that are right; of more than two classes, the mean over all of them.

    Undefined where a class is never the answer: nothing was claimed, so nothing can be true or false of it.
    """

    higher_is_better: ClassVar[bool] = True

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        num_classes = y_pred.probabilities.shape[1]
        wanted = np.arange(num_classes) if y_pred.positive is None else np.array([y_pred.positive])
        named = np.bincount(y_pred.predicted, minlength=num_classes)[wanted]
        if not named.all():
            return Undefined("no sample is called positive" if wanted.size == 1 else "a class is never the answer")
        right = np.bincount(y_true[y_true == y_pred.predicted], minlength=num_classes)[wanted]
        return float(np.mean(right / named))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        wanted = slice(None) if samples.y_pred.positive is None else [samples.y_pred.positive]
        with np.errstate(invalid="ignore"):
            return (samples.right / samples.named)[:, wanted].mean(axis=1)
