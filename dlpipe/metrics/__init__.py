"""Measures of predictions against labels."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    import numpy as np


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


class Metric(Plugin, package="dlpipe.metrics"):
    """A number that says how good predictions are."""

    higher_is_better: ClassVar[bool]

    @abstractmethod
    def value(self, y_true: np.ndarray[Any, Any], y_pred: Predictions) -> float | Undefined:
        """The metric over all samples. `y_true` has shape (n,), class indices."""
