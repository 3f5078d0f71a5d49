"""Classes of very different size."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from dlpipe.clean.checks import Seen, SetCheck, SetIssue
from dlpipe.clean.classes import class_counts
from dlpipe.clean.score import rising


class Imbalance(SetCheck):
    """A largest class that is many times the smallest: accuracy then says little, and the small one is learned badly.

    Score 0.5 where it is `times` as large.
    """

    of_one_label: ClassVar[bool] = True

    times: float = Field(default=10, gt=1, description="How many times the smallest class the largest may be.")

    def about(self, seen: Seen) -> list[SetIssue]:
        counts = class_counts(seen.votes)
        if len(counts) < 2:  # noqa: PLR2004 - it takes two to differ
            return []
        (large, most), (small, fewest) = counts[0], counts[-1]
        reason = f"class '{large}' has {most} samples, {most / fewest:.1f} times as many as '{small}' with {fewest}"
        return [SetIssue("classes", float(rising(most / fewest - 1, self.times - 1)), reason)]
