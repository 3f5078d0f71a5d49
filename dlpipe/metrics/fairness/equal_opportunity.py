"""Whether what is looked for is found equally often in all groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.metrics.fairness import RateMetric, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray


class EqualOpportunity(RateMetric):
    """Largest difference between groups in recall, the share of the positive class that is found.

    Fairlearn's `equal_opportunity_difference` (Hardt, Price and Srebro, NeurIPS 2016); of more than two classes, the
    largest over them. Of the two sides of equalized odds it looks at the missed ones only.
    """

    lacking: ClassVar[str] = "of one of the classes it is asked for"

    def rates(self, counts: NDArray[Any], positive: int | None) -> NDArray[Any]:
        found = shares(np.diagonal(counts, axis1=2, axis2=3), counts.sum(axis=3))
        return found if positive is None else found[..., [positive]]
