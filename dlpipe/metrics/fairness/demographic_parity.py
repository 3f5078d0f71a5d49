"""Whether groups get each answer equally often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics.fairness import RateMetric, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray


class DemographicParity(RateMetric):
    """Largest difference between groups in the share of samples predicted to be of a class.

    With two classes this is Fairlearn's `demographic_parity_difference`; with more, the largest over classes. It asks
    for equal answers, whether or not the labels are equally frequent in the groups.
    """

    lacking: ClassVar[str] = "at all"

    def rates(self, counts: NDArray[Any], positive: int | None) -> NDArray[Any]:
        named = counts.sum(axis=2)
        found = shares(named, np.broadcast_to(named.sum(axis=2, keepdims=True), named.shape))
        return found if positive is None else found[..., [positive]]
