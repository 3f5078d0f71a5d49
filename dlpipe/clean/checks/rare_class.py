"""Classes with too few samples to learn from."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from dlpipe.clean.checks import Seen, SetCheck, SetIssue
from dlpipe.clean.classes import class_counts
from dlpipe.clean.score import falling


class RareClass(SetCheck):
    """Classes with too few samples: they can hardly be learned, and not measured at all."""

    of_one_label: ClassVar[bool] = True

    fewest: int = Field(default=20, ge=2, description="Samples that a class needs.")

    def about(self, seen: Seen) -> list[SetIssue]:
        return [
            SetIssue(
                f"class '{label}'",
                float(falling(count, self.fewest - 0.5)),
                f"class '{label}' has {count} sample{'s' * (count != 1)}, fewer than {self.fewest}",
            )
            for label, count in class_counts(seen.votes)
            if count < self.fewest
        ]
