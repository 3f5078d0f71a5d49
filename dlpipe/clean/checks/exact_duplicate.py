"""Samples with the same bytes under several names."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.duplicates import best_first, contents, with_labels


class ExactDuplicate(Check):
    """Samples with the same bytes as another one, which is kept instead; a difference in their labels is noted."""

    looks_at_samples: ClassVar[bool] = False
    compares: ClassVar[bool] = True

    def judge(self, seen: Seen) -> Finding:
        ids, count = seen.samples["id"].to_numpy(), seen.samples.height
        order, same = best_first(seen), contents(seen)
        _, first, of = np.unique(same[order], return_index=True, return_inverse=True)
        best = np.empty(count, np.intp)
        best[order] = order[first][of]
        copies = np.flatnonzero(best != np.arange(count))
        partners = np.full(count, None, object)
        partners[copies] = ids[best[copies]]
        said: list[str | None] = partners.tolist()
        reasons = with_labels(seen, said, [f"same bytes as {partner}" if partner else "" for partner in said])
        return Finding((best != np.arange(count)).astype(np.float64), reasons, said)
