"""Measures of predictions against labels."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    import numpy as np

    from dlpipe.metrics.weighing import Weighed


IntervalMethod = Literal["percentile", "quieted", "logit"]
"""How an interval comes from resamples (`dlpipe.statistics`): `quieted` of what noise can only raise, `logit` of a share
that looks the surer the more its samples flatter it."""


@dataclass(frozen=True)
class Predictions:
    """What a model said of n samples."""

    probabilities: np.ndarray[Any, Any]
    """Shape (n, K), calibrated, rows sum to 1, unless a sample may have several classes."""
    predicted: np.ndarray[Any, Any]
    """Shape (n,), class indices at the operating point; (n, K) bool where a sample may have several classes."""
    positive: int | None
    """Index of the positive class of two; None for more."""

    def take(self, index: np.ndarray[Any, Any]) -> Predictions:
        """The samples of `index`, shape (m,)."""
        return Predictions(self.probabilities[index], self.predicted[index], self.positive)

    def of_class(self, place: int) -> Predictions:
        """Of several labels what was said of one class, as of two classes: 1, the positive one, is to have it."""
        import numpy as np

        has = self.probabilities[:, place]
        return Predictions(np.stack([1 - has, has], axis=1), self.predicted[:, place].astype(np.int64), 1)


@dataclass(frozen=True)
class Undefined:
    """A value that does not exist on these samples, and why; null in JSON, never 0."""

    reason: str


def number(value: float | Undefined) -> float:
    """A value as arrays hold it: NaN where undefined."""
    return math.nan if isinstance(value, Undefined) else value


class Metric(Plugin, package="dlpipe.metrics"):
    """A number that says how good predictions are."""

    higher_is_better: ClassVar[bool]
    interval: ClassVar[IntervalMethod] = "percentile"
    of_one: ClassVar[bool] = True
    """Whether it measures answers where each sample has one class."""
    of_several: ClassVar[bool] = False
    """Whether it measures answers where a sample may have several: `y_true` and `y_pred.predicted` are (n, K) then."""

    @abstractmethod
    def value(self, y_true: np.ndarray[Any, Any], y_pred: Predictions) -> float | Undefined:
        """The metric over all samples. `y_true` has shape (n,), class indices; of several labels (n, K), 0 or 1."""

    def weighted(self, samples: Weighed) -> np.ndarray[Any, Any]:
        """The metric under each row of weights, as if every sample stood there as often as it weighs. Shape (R,).

        NaN where it is undefined. This way works for any metric; one that overrides it with sums makes intervals
        quick, and a contract test holds both against one another.
        """
        import numpy as np

        return np.array([number(self.value(y_true, y_pred)) for y_true, y_pred in samples.repeated()])
