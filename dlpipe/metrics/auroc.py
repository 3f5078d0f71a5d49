"""How well probabilities rank samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


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

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        wanted = range(samples.num_classes) if samples.y_pred.positive is None else (samples.y_pred.positive,)
        found = np.mean([_areas(*samples.curve(one)) for one in wanted], axis=0)
        return np.where(samples.actual.all(axis=1), found, np.nan)


def _area(is_positive: NDArray[Any], score: NDArray[Any]) -> float:
    """Area under the ROC curve from the sum of the positives' mid-ranks. Both have shape (n,)."""
    distinct, at = np.unique(score, return_inverse=True)
    positives = np.bincount(at, weights=is_positive, minlength=distinct.size)
    negatives = np.bincount(at, minlength=distinct.size) - positives
    below = np.cumsum(negatives) - negatives
    wins = np.sum(positives * (below + negatives / 2))
    return float(wins / (positives.sum() * negatives.sum()))


def _areas(positives: NDArray[Any], named: NDArray[Any]) -> NDArray[Any]:
    """The same by the trapezoidal rule, from `Weighed.curve`. Two of (R, D + 1) → (R,)."""
    wins = [_wins(*row) for row in zip(positives, named, strict=True)]
    pairs = positives[:, -1].astype(np.float64) * (named[:, -1] - positives[:, -1])
    with np.errstate(invalid="ignore"):
        return np.array(wins) / pairs


def _wins(positives: NDArray[Any], named: NDArray[Any]) -> float:
    """Pairs of a positive and a negative sample in the right order; ties count half."""
    negatives = np.diff(named - positives).astype(np.float64)
    return float(negatives @ (positives[1:] + positives[:-1]).astype(np.float64)) / 2
