"""Measures where a sample may have several classes: each class is a question of two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class OfSets(Metric):
    """A number that says how good sets of classes are."""

    of_one: ClassVar[bool] = False
    of_several: ClassVar[bool] = True


class MeanOfClasses(OfSets):
    """The mean over all classes of a metric of two classes; undefined where it is so of one of them."""

    each: ClassVar[type[Metric]]
    """What is measured of each class."""

    def value(self, y_true: NDArray[Any], y_pred: Predictions) -> float | Undefined:
        metric = self.each()
        values: list[float] = []
        for place in range(y_true.shape[1]):
            found = metric.value(y_true[:, place].astype(np.int64), y_pred.of_class(place))
            if isinstance(found, Undefined):
                return found if not len(y_true) else Undefined(f"of a class: {found.reason}")
            values.append(found)
        return float(np.mean(values))

    def weighted(self, samples: Weighed) -> NDArray[Any]:
        metric = self.each()
        return np.mean([metric.weighted(samples.of_class(place)) for place in range(samples.num_classes)], axis=0)
