"""Whether an answer can be trusted equally in all groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics.fairness import RateMetric, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PredictiveParity(RateMetric):
    """Largest difference between groups in precision, the share of positive answers that are right.

    Of more than two classes, the largest over them (Chouldechova, "Fair prediction with disparate impact", Big Data
    2017). Undefined where a group never gets the answer. In Fairlearn: a `MetricFrame` of precision.
    """

    lacking: ClassVar[str] = "that gets one of the answers"

    def rates(self, counts: NDArray[Any], positive: int | None) -> NDArray[Any]:
        found = shares(np.diagonal(counts, axis1=2, axis2=3), counts.sum(axis=2))
        return found if positive is None else found[..., [positive]]
