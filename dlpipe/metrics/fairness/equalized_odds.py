"""Whether groups get right and wrong answers equally often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics.fairness import RateMetric, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray


class EqualizedOdds(RateMetric):
    """Largest difference between groups in the share of a label's samples that get a certain answer.

    With two classes this is Fairlearn's `equalized_odds_difference`: the larger of the gaps in true and in false
    positive rate. With more it is the same condition (answer independent of group, given the label; Hardt, Price and
    Srebro, NeurIPS 2016) over every pair of label and answer. Undefined where a group lacks a label: Fairlearn takes a
    rate of 0 there, which makes up a gap.
    """

    lacking: ClassVar[str] = "of one of the classes"

    def rates(self, counts: NDArray[Any], positive: int | None) -> NDArray[Any]:
        found = shares(counts, np.broadcast_to(counts.sum(axis=3, keepdims=True), counts.shape))
        found = found if positive is None else found[..., [positive]]
        return found.reshape(*found.shape[:2], -1)
