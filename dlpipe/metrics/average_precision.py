"""The area under the precision-recall curve, for a positive class that is rare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import IntervalMethod, Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class AveragePrecision(Metric):
    """Mean of the precision at each rise in recall, weighted by the rise; a coin gives the positive class's share.

    Of more than two classes, the mean over classes of each against the rest. No interpolation, as in scikit-learn.
    """

    higher_is_better: ClassVar[bool] = True
    interval: ClassVar[IntervalMethod] = "logit"

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        num_classes = y_pred.probabilities.shape[1]
        if not np.bincount(y_true, minlength=num_classes).all():
            return Undefined("only one class occurs" if num_classes == 2 else "a class has no sample")  # noqa: PLR2004
        wanted = range(num_classes) if y_pred.positive is None else (y_pred.positive,)
        return float(np.mean([_average(y_true == one, y_pred.probabilities[:, one]) for one in wanted]))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        wanted = range(samples.num_classes) if samples.y_pred.positive is None else (samples.y_pred.positive,)
        found = np.mean([_averages(*samples.curve(one)) for one in wanted], axis=0)
        return np.where(samples.actual.all(axis=1), found, np.nan)


def _average(is_positive: NDArray[Any], score: NDArray[Any]) -> float:
    """Average precision of one class against the rest; samples of equal score enter together. Both (n,)."""
    distinct, at = np.unique(-score, return_inverse=True)
    positives = np.bincount(at, weights=is_positive, minlength=distinct.size)
    found = np.cumsum(positives)
    named = np.cumsum(np.bincount(at, minlength=distinct.size))
    return float(np.sum(positives * found / named) / found[-1])


def _averages(positives: NDArray[Any], named: NDArray[Any]) -> NDArray[Any]:
    """The same from `Weighed.curve`. Two of (R, D + 1) → (R,)."""
    areas = [
        np.diff(found).astype(np.float64) @ (found / np.maximum(all_, 1))[1:]
        for found, all_ in zip(positives, named, strict=True)
    ]
    with np.errstate(invalid="ignore"):
        return np.array(areas) / positives[:, -1]
