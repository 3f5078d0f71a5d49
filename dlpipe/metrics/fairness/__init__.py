"""Gaps between groups, by Fairlearn's definitions."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.core.plugin import Plugin
from dlpipe.metrics import Predictions, Undefined, number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.metrics.weighing import Weighed


class FairnessMetric(Plugin, package="dlpipe.metrics.fairness"):
    """A gap between groups."""

    @abstractmethod
    def gap(self, y_true: NDArray[Any], y_pred: Predictions, group: NDArray[Any]) -> float | Undefined:
        """The largest difference between groups; 0 is even. `group` has shape (n,)."""

    def ratio(self, y_true: NDArray[Any], y_pred: Predictions, group: NDArray[Any]) -> float | Undefined:  # noqa: ARG002 - the verb's signature
        """The smallest as a share of the largest; 1 is even. Undefined where a gap has no ratio."""
        return Undefined("this gap has no ratio")

    def weighted(self, samples: Weighed, group: NDArray[Any]) -> NDArray[Any]:
        """Gap and ratio under each row of weights, as if every sample stood there as often as it weighs. Shape (R, 2).

        NaN where one is undefined, or a row has no sample of a group. `group` has shape (n,).
        """
        at, names = np.arange(group.size), np.unique(group)
        values = np.full((len(samples.weights), 2), np.nan)
        for row, (y_true, y_pred) in enumerate(samples.repeated()):
            members = group[np.repeat(at, samples.weights[row])]
            if np.unique(members).size == names.size:
                values[row] = [number(verb(y_true, y_pred, members)) for verb in (self.gap, self.ratio)]
        return values


class RateMetric(FairnessMetric):
    """A gap that follows from how many samples of each group have which label and answer."""

    lacking: ClassVar[str]
    """Which samples a group has none of where its rate is undefined, for the reason."""

    @abstractmethod
    def rates(self, counts: NDArray[Any], positive: int | None) -> NDArray[Any]:
        """The rates that should be the same in all groups, NaN where one is undefined.

        Args:
            counts: Shape (R, G, K, K): resample, group, label, answer.
            positive: Index of the positive class of two; None for more.

        Returns:
            Shape (R, G, number of rates).
        """

    def gap(self, y_true: NDArray[Any], y_pred: Predictions, group: NDArray[Any]) -> float | Undefined:
        found = self._found(y_true, y_pred, group)
        return found if isinstance(found, Undefined) else float(np.ptp(found, axis=0).max())

    def ratio(self, y_true: NDArray[Any], y_pred: Predictions, group: NDArray[Any]) -> float | Undefined:
        found = self._found(y_true, y_pred, group)
        if isinstance(found, Undefined):
            return found
        held = found[:, found.max(axis=0) > 0]
        if not held.size:
            return Undefined("the rate is 0 in every group")
        return float((held.min(axis=0) / held.max(axis=0)).min())

    def _found(self, y_true: NDArray[Any], y_pred: Predictions, group: NDArray[Any]) -> NDArray[Any] | Undefined:
        """The rates, shape (G, number of rates)."""
        names, at = np.unique(group, return_inverse=True)
        if names.size < 2:  # noqa: PLR2004 - a gap needs two sides
            return Undefined("fewer than two groups occur")
        num_classes = y_pred.probabilities.shape[1]
        place = (at * num_classes + y_true) * num_classes + y_pred.predicted
        counts = np.bincount(place, minlength=names.size * num_classes**2)
        found = self.rates(counts.reshape(1, names.size, num_classes, num_classes), y_pred.positive)[0]
        if (undefined := np.isnan(found).any(axis=1)).any():
            return Undefined(f"group '{names[int(undefined.argmax())]}' has no sample {self.lacking}")
        return found

    def weighted(self, samples: Weighed, group: NDArray[Any]) -> NDArray[Any]:
        names, at = np.unique(group, return_inverse=True)
        if names.size < 2:  # noqa: PLR2004 - as above
            return np.full((len(samples.weights), 2), np.nan)
        found = self.rates(samples.table(at, names.size), samples.y_pred.positive)
        least, most = found.min(axis=1), found.max(axis=1)  # NaN of one group makes them NaN
        ratio = np.divide(least, most, out=np.full_like(least, np.inf), where=most != 0).min(axis=1)
        return np.stack([(most - least).max(axis=1), np.where(np.isinf(ratio), np.nan, ratio)], axis=1)


def shares(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[Any]:
    """The quotient, NaN where whole is 0. Of any one shape."""
    whole = np.asarray(whole, dtype=np.float64)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
