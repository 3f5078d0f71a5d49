"""How much worse off the worst group is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics.fairness import RateMetric, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray


class WorstGroupAccuracy(RateMetric):
    """Accuracy of the best group less that of the worst.

    Its ratio is the worst group's accuracy as a share of the best one's. In Fairlearn: a `MetricFrame` of accuracy.
    """

    lacking: ClassVar[str] = "at all"

    def rates(self, counts: NDArray[Any], positive: int | None) -> NDArray[Any]:  # noqa: ARG002 - the verb's signature
        right = np.trace(counts, axis1=2, axis2=3)
        return shares(right, counts.sum(axis=(2, 3)))[..., None]
