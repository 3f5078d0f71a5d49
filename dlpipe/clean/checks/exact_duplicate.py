"""Samples with the same bytes under several names."""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.duplicates import best_first, contents, contradiction, leading_labels


class ExactDuplicate(Check):
    """Samples with the same bytes as another one, which is kept instead; a difference in their labels is noted."""

    looks_at_samples: ClassVar[bool] = False
    compares: ClassVar[bool] = True

    def judge(self, seen: Seen) -> Finding:
        ids = seen.samples["id"].to_list()
        groups: dict[int, list[int]] = defaultdict(list)
        same = contents(seen).tolist()
        for position in best_first(seen).tolist():
            groups[same[position]].append(position)
        labels = leading_labels(seen.votes)
        scores, reasons = np.zeros(len(ids)), [""] * len(ids)
        partners: list[str | None] = [None] * len(ids)
        for best, *copies in groups.values():
            differs = contradiction(labels, [ids[best], *(ids[copy] for copy in copies)])
            reasons[best] = differs
            for copy in copies:
                scores[copy], partners[copy] = 1, ids[best]
                reasons[copy] = f"same bytes as {ids[best]}" + (f"; {differs}" if differs else "")
        return Finding(scores, reasons, partners)
