"""Samples that are unlike all others, by the vectors of a pretrained network."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.score import rising

_LIMIT = 0.5


class Outlier(Check):
    """Samples whose surroundings are far thinner than those of their neighbours (local outlier factor of vectors).

    Breunig et al., "LOF: identifying density-based local outliers" (2000), as in scikit-learn. Score 0.5 at a factor
    of 1.5. An outlier may be the most valuable sample there is: by itself the check sets none aside.
    """

    sets_aside: bool = Field(default=False, description="Whether a sample with this issue leaves the table.")
    neighbours: int = Field(default=20, ge=2, description="How many neighbours a sample is compared with.")

    looks_at_samples: ClassVar[bool] = False
    uses_vectors: ClassVar[bool] = True

    def judge(self, seen: Seen) -> Finding:
        from sklearn.neighbors import LocalOutlierFactor

        count = seen.samples.height
        if seen.vectors is None or count <= self.neighbours:
            return Finding(np.zeros(count), [""] * count)
        by_id = np.argsort(seen.samples["id"].to_numpy().astype(str), kind="stable")
        model = LocalOutlierFactor(n_neighbors=self.neighbours)
        model.fit(seen.vectors[by_id].astype(np.float64))
        factor = np.empty(count)
        factor[by_id] = -model.negative_outlier_factor_
        scores = rising(np.clip(factor - 1, 0, None), _LIMIT)
        reasons = [
            f"its {self.neighbours} nearest are {one:.1f} times as far as theirs" if score >= self.threshold else ""
            for one, score in zip(factor.tolist(), scores.tolist(), strict=True)
        ]
        return Finding(scores, reasons)
