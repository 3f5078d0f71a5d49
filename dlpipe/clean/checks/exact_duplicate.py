"""Samples with the same bytes under several names."""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar

import numpy as np
import polars as pl

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.duplicates import best_first, contents, contradiction, leading_labels


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
        partners, reasons = np.full(count, None, object), np.full(count, "", object)
        partners[copies] = ids[best[copies]]
        groups: dict[int, list[str]] = defaultdict(list)
        for copy, kept in zip(copies.tolist(), best[copies].tolist(), strict=True):
            groups[kept].append(ids[copy])
        differs = self._differences(seen.votes, {kept: [ids[kept], *others] for kept, others in groups.items()})
        for kept, clause in differs.items():
            reasons[kept] = clause
        for copy, kept in zip(copies.tolist(), best[copies].tolist(), strict=True):
            reasons[copy] = f"same bytes as {ids[kept]}" + (f"; {differs[kept]}" if differs[kept] else "")
        return Finding((best != np.arange(count)).astype(np.float64), reasons.tolist(), partners.tolist())

    @staticmethod
    def _differences(votes: pl.DataFrame, groups: dict[int, list[str]]) -> dict[int, str]:
        """What to say of the labels of each group of equal samples."""
        concerned = [one for group in groups.values() for one in group]
        labels = leading_labels(votes.filter(pl.col("id").is_in(concerned)))
        return {kept: contradiction(labels, group) for kept, group in groups.items()}
