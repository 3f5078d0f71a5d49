"""Evidence for checks of the set: samples with labels and attributes, without media."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.clean.checks import Seen, SetCheck, SetIssue
from tests.clean import evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def labelled(counts: Mapping[str, int], **attributes: Sequence[Any]) -> Seen:
    """As many samples of each class as said, in the order of the classes."""
    labels = [label for label, count in counts.items() for _ in range(count)]
    ids = [f"{number:05}" for number in range(len(labels))]
    samples = pl.DataFrame({"id": ids, "path": ids, "digest": ids, **attributes})
    votes = evidence.votes(dict(zip(ids, labels, strict=True)))
    return Seen(samples, votes, pl.DataFrame(), [(0.0, 0.0, 0.0, 0.0)] * len(ids), None)


def about(check: SetCheck, seen: Seen) -> list[SetIssue]:
    """What the check says of the set; it must say nothing of single samples."""
    finding = check.judge(seen)
    assert not finding.scores.any()
    assert len(finding.reasons) == seen.samples.height
    return finding.about_set
