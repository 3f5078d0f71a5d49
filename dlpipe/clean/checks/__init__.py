"""What can be wrong with samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from dlpipe.modalities import Opener, Place, Sample, Unreadable


@dataclass(frozen=True)
class Again:
    """Reads samples once more."""

    opener: Opener
    places: Sequence[Place]
    """Where sample 0 to n - 1 lie."""

    def __call__(self, row: int, least_px: int | None) -> Sample | Unreadable:
        """A sample: in full, or with the longer side at least so many pixels."""
        return self.opener(self.places[row], least_px)


@dataclass(frozen=True)
class Seen:
    """All evidence, once every sample has been looked at."""

    samples: pl.DataFrame
    """The readable samples, n rows."""
    votes: pl.DataFrame
    facts: pl.DataFrame
    """What the files say of themselves, n rows: `width`, `height`, `mode`, …"""
    looks: list[Any]
    """What this check's `look` gave, n values; empty for a check that does not look."""
    vectors: np.ndarray[Any, Any] | None
    """Shape (n, F) float32, from the stage `embed`; None for a check that does not use them."""
    again: Again | None = None
    """Reads sample 0 to n - 1 once more, for what its look did not tell. None where there are no files to read."""
    memory: dict[Any, Any] = field(default_factory=dict[Any, Any])
    """What this check noted when it judged before: it is asked again of what is left."""


@dataclass(frozen=True)
class SetIssue:
    """Something about the whole set that no single sample is to blame for."""

    subject: str
    """What it is about, as `class 'rust'`; unique within one check."""
    score: float
    """In [0, 1]: 1 is sure to be bad."""
    reason: str
    """A clause that a person understands, with its numbers."""


@dataclass(frozen=True)
class Finding:
    """What one check says of all samples."""

    scores: np.ndarray[Any, Any]
    """Shape (n,) in [0, 1]: 1 is sure to be bad."""
    reasons: list[str]
    """n clauses that a person understands; empty strings where there is nothing to say."""
    partners: list[str | None] | None = None
    """n ids of the sample that is kept instead (duplicates)."""
    about_set: list[SetIssue] = field(default_factory=list[SetIssue])
    """What it says of the set; written down, and the first of it told, from the check's threshold on."""


class Check(Plugin, package="dlpipe.clean.checks"):
    """A question to every sample. A score of at least `threshold` is an issue.

    The stage asks again of what is left until nothing more is set aside, so a judgement may depend on all samples.
    """

    threshold: float = Field(default=0.5, ge=0, le=1, description="Score from which a sample has this issue.")
    sets_aside: bool = Field(default=True, description="Whether a sample with this issue leaves the table.")

    looks_at_samples: ClassVar[bool] = True
    """False for a check that needs no decoded sample."""
    modalities: ClassVar[tuple[str, ...]] = ()
    """Names of the modalities whose decoded values it understands; empty for any."""
    least_px: ClassVar[int | None] = None
    """What `look` needs of a decoded picture's longer side; None for the picture in full."""
    compares: ClassVar[bool] = False
    """True for a check that keeps one sample instead of another: it sees only what no other check sets aside."""
    uses_vectors: ClassVar[bool] = False
    """True for a check that needs `Seen.vectors`."""

    of_one_label: ClassVar[bool] = False
    """True for a check that takes it that a sample has exactly one class."""

    def look(self, sample: Sample) -> Any:  # noqa: ARG002 - the kind's signature
        """Evidence from one decoded sample, small; every check looks at the same decode."""
        return

    def prepare(self) -> None:
        """Imports or computes what `judge` would wait for: in a thread, while the processes that look are started."""

    def judge(self, seen: Seen) -> Finding:
        """Scores of all samples."""
        raise NotImplementedError


class SetCheck(Check):
    """A question to the set as a whole, asked once of what the other checks leave. It sets no sample aside."""

    sets_aside: Literal[False] = Field(  # pyright: ignore[reportIncompatibleVariableOverride] - frozen, never assigned
        default=False, description="No sample leaves: the finding concerns the set."
    )

    looks_at_samples: ClassVar[bool] = False

    def about(self, seen: Seen) -> list[SetIssue]:
        """What is to be said of the set, in an order that does not depend on that of the samples."""
        raise NotImplementedError

    def judge(self, seen: Seen) -> Finding:
        count = seen.samples.height
        return Finding(np.zeros(count), [""] * count, about_set=self.about(seen) if count else [])
