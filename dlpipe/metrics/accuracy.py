"""The share of right answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class Accuracy(Metric):
    """Share of samples whose predicted class is their label."""

    higher_is_better: ClassVar[bool] = True

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        if y_true.size == 0:
            return Undefined("no samples")
        return float(np.mean(y_true == y_pred.predicted))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        return samples.mean((samples.y_true == samples.y_pred.predicted).astype(np.float64))
