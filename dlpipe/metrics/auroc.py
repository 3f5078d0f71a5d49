"""How well probabilities rank samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Auroc(Metric):
    """Chance that a positive sample gets a higher probability than a negative one; ties count half.

    Of more than two classes, the mean over classes of each against the rest. Computed as the Mann-Whitney statistic
    (Hanley and McNeil, Radiology 1982), so it does not depend on the operating point.
    """

    higher_is_better: ClassVar[bool] = True

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        num_classes = y_pred.probabilities.shape[1]
        if not np.bincount(y_true, minlength=num_classes).all():
            return Undefined("only one class occurs" if num_classes == 2 else "a class has no sample")  # noqa: PLR2004
        wanted = range(num_classes) if y_pred.positive is None else (y_pred.positive,)
        return float(np.mean([_area(y_true == one, y_pred.probabilities[:, one]) for one in wanted]))


def _area(is_positive: NDArray[Any], score: NDArray[Any]) -> float:
    """Area under the ROC curve from the sum of the positives' mid-ranks. Both have shape (n,)."""
    distinct, at = np.unique(score, return_inverse=True)
    positives = np.bincount(at, weights=is_positive, minlength=distinct.size)
    negatives = np.bincount(at, minlength=distinct.size) - positives
    below = np.cumsum(negatives) - negatives
    wins = np.sum(positives * (below + negatives / 2))
    return float(wins / (positives.sum() * negatives.sum()))
