"""Gaps between groups, by Fairlearn's definitions."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from dlpipe.core.plugin import Plugin
from dlpipe.metrics import Predictions, Undefined

if TYPE_CHECKING:
    import numpy as np


class FairnessMetric(Plugin, package="dlpipe.metrics.fairness"):
    """A gap between groups."""

    @abstractmethod
    def gap(self, y_true: np.ndarray[Any, Any], y_pred: Predictions, group: np.ndarray[Any, Any]) -> float | Undefined:
        """The largest difference between groups; 0 is even. `group` has shape (n,)."""
