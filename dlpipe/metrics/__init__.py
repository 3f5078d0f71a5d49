"""Measures of predictions against labels."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    import numpy as np

    from dlpipe.metrics.weighing import Weighed


@dataclass(frozen=True)
class Predictions:
    """What a model said of n samples."""

    probabilities: np.ndarray[Any, Any]
    """Shape (n, K), calibrated, rows sum to 1."""
    predicted: np.ndarray[Any, Any]
    """Shape (n,), class indices at the operating point."""
    positive: int | None
    """Index of the positive class of two; None for more."""

    def take(self, index: np.ndarray[Any, Any]) -> Predictions:
        """The samples of `index`, shape (m,)."""
        return Predictions(self.probabilities[index], self.predicted[index], self.positive)


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
    noise_raises: ClassVar[bool] = False
    """Whether few samples make it larger than it is: its interval is `statistics.quieted`."""

    @abstractmethod
    def value(self, y_true: np.ndarray[Any, Any], y_pred: Predictions) -> float | Undefined:
        """The metric over all samples. `y_true` has shape (n,), class indices."""

    def weighted(self, samples: Weighed) -> np.ndarray[Any, Any]:
        """The metric under each row of weights, as if every sample stood there as often as it weighs. Shape (R,).

        NaN where it is undefined. This way works for any metric; one that overrides it with sums makes intervals
        quick, and a contract test holds both against one another.
        """
        import numpy as np

        return np.array([number(self.value(y_true, y_pred)) for y_true, y_pred in samples.repeated()])
