"""How many of those that are looked for are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class Recall(Metric):
    """Share of the positive class's samples that is found; of more than two classes, the mean over all of them.

    The true positive rate: equalized odds compares it, and its counterpart, between groups.
    """

    higher_is_better: ClassVar[bool] = True

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        num_classes = y_pred.probabilities.shape[1]
        wanted = np.arange(num_classes) if y_pred.positive is None else np.array([y_pred.positive])
        actual = np.bincount(y_true, minlength=num_classes)[wanted]
        if not actual.all():
            return Undefined("no sample of the positive class" if wanted.size == 1 else "a class has no sample")
        right = np.bincount(y_true[y_true == y_pred.predicted], minlength=num_classes)[wanted]
        return float(np.mean(right / actual))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        wanted = slice(None) if samples.y_pred.positive is None else [samples.y_pred.positive]
        with np.errstate(invalid="ignore"):
            return (samples.right / samples.actual)[:, wanted].mean(axis=1)
