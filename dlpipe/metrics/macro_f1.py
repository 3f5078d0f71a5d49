"""Precision and recall in one number, each class counting the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class MacroF1(Metric):
    """Mean of F1 over the classes that occur among labels or predictions; F1 is 0 where nothing is right.

    F1 of a class is 2 · right / (labelled + predicted), the harmonic mean of its precision and recall. Of several labels
    a sample each class is a question of its own.
    """

    higher_is_better: ClassVar[bool] = True
    of_several: ClassVar[bool] = True

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        if y_true.ndim > 1:
            return _of_sets(y_true > 0, y_pred.predicted)
        num_classes = y_pred.probabilities.shape[1]
        actual = np.bincount(y_true, minlength=num_classes)
        if (actual > 0).sum() < 2:  # noqa: PLR2004 - over one class the mean says nothing of telling classes apart
            return Undefined("fewer than two classes occur")
        named = actual + np.bincount(y_pred.predicted, minlength=num_classes)
        right = np.bincount(y_true[y_true == y_pred.predicted], minlength=num_classes)
        seen = named > 0
        return float(np.mean(2 * right[seen] / named[seen]))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        if samples.y_true.ndim > 1:
            return _of_weighed_sets(samples)
        named = samples.actual + samples.named
        found = np.divide(2 * samples.right, named, out=np.zeros_like(named), where=named > 0).sum(axis=1)
        held = (samples.actual > 0).sum(axis=1)
        return np.where(held < 2, np.nan, found / np.maximum((named > 0).sum(axis=1), 1))  # noqa: PLR2004 - as above


def _of_sets(has: NDArray[Any], said: NDArray[Any]) -> float | Undefined:
    """Both (n, K) bool."""
    both = has.sum(axis=0) + said.sum(axis=0)
    if not both.any():
        return Undefined("no class is label or answer of any sample" if len(has) else "no samples")
    seen = both > 0
    return float(np.mean(2 * (has & said).sum(axis=0)[seen] / both[seen]))


def _of_weighed_sets(samples: Weighed) -> NDArray[Any]:
    classes = [samples.of_class(place) for place in range(samples.num_classes)]
    both = np.stack([one.actual[:, 1] + one.named[:, 1] for one in classes], axis=1)
    right = np.stack([one.right[:, 1] for one in classes], axis=1)
    found = np.divide(2 * right, both, out=np.zeros_like(both), where=both > 0).sum(axis=1)
    seen = (both > 0).sum(axis=1)
    return np.where(seen > 0, found / np.maximum(seen, 1), np.nan)
