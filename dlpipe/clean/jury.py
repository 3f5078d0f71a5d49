"""All checks over all readable samples, asked again until nothing more is set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.clean.checks import Again, Seen, SetCheck, SetIssue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.clean.checks import Check, Finding
    from dlpipe.clean.scan import Evidence
    from dlpipe.modalities import Reader

Array = np.ndarray[Any, Any]

ISSUE_COLUMNS = {
    "id": pl.String,
    "check": pl.String,
    "score": pl.Float64,
    "is_issue": pl.Boolean,
    "reason": pl.String,
    "partner": pl.String,
}

SET_ISSUE_COLUMNS = {
    "check": pl.String,
    "subject": pl.String,
    "score": pl.Float64,
    "is_issue": pl.Boolean,
    "reason": pl.String,
}


@dataclass(frozen=True)
class Tables:
    """What is known of the samples before anybody looks at them."""

    samples: pl.DataFrame
    """All samples, sorted by id."""
    votes: pl.DataFrame
    vectors: Array | None = None
    """Shape (n, F) for the readable samples, if a check uses them."""
    reader: Reader | None = None
    """All samples once more, for a check that must look again."""


class Jury:
    """All checks over the readable samples. A check sees only samples that nothing has set aside yet."""

    def __init__(self, tables: Tables, evidence: Evidence, checks: Mapping[str, Check]) -> None:
        self.samples = tables.samples[evidence.readable]
        self.alive = np.ones(self.samples.height, bool)
        self._tables = tables
        self._rows = np.array(evidence.readable, np.intp)
        self._facts = evidence.facts_table()
        self._looks = evidence.looks
        self._checks = checks
        self._records = {name: _Record(self.samples.height) for name in checks}
        self._memories: dict[str, dict[Any, Any]] = {name: {} for name in checks}

    def settle(self, protected: Array) -> None:
        """Sets samples aside until no check finds more: what is left would pass unchanged. `protected` ones stay.

        Checks that keep one sample instead of another come last, so that it is not one that another check drops.
        """
        single = {name: check for name, check in self._checks.items() if not isinstance(check, SetCheck)}
        while self._round(single, protected, compares=False) or self._round(single, protected, compares=True):
            pass
        whole = {name: check for name, check in self._checks.items() if isinstance(check, SetCheck)}
        self._round(whole, protected, compares=False)

    def issues(self) -> pl.DataFrame:
        """What each check said last of each sample, a row each; samples that it was not asked about have none."""
        empty = pl.DataFrame(schema=ISSUE_COLUMNS)
        return pl.concat([empty, *(record.table(name, self.samples["id"]) for name, record in self._records.items())])

    def set_issues(self) -> pl.DataFrame:
        """What each check said last of the set, by check, the worst first."""
        rows = [
            (name, issue.subject, issue.score, issue.score >= self._checks[name].threshold, issue.reason)
            for name, record in self._records.items()
            for issue in record.about_set
        ]
        table = pl.DataFrame(rows, schema=SET_ISSUE_COLUMNS, orient="row")
        return table.sort("check", "score", "subject", descending=[False, True, False])

    def _round(self, checks: Mapping[str, Check], protected: Array, *, compares: bool) -> bool:
        index = np.flatnonzero(self.alive)
        leaving = np.zeros(len(self.alive), bool)
        for name, check in checks.items():
            if check.compares == compares and len(index):
                finding = _sound(name, check.judge(self._seen(name, check, index)), len(index))
                self._records[name].note(index, finding, check.threshold)
                leaving[index] |= (finding.scores >= check.threshold) & check.sets_aside
        leaving &= ~protected
        self.alive &= ~leaving
        return bool(leaving.any())

    def _seen(self, name: str, check: Check, index: Array) -> Seen:
        samples = self.samples[index]
        votes = self._tables.votes.join(samples.select("id"), on="id", how="semi")
        looks = self._looks[name].at(index.tolist()) if check.looks_at_samples else []
        facts = self._facts[index] if self._facts.width else self._facts
        vectors = self._tables.vectors
        own = vectors[index] if check.uses_vectors and vectors is not None else None
        return Seen(samples, votes, facts, looks, own, self._again(index), self._memories[name])

    def _again(self, index: Array) -> Again | None:
        reader = self._tables.reader
        if reader is None:
            return None
        return Again(reader.opener, [reader.places[row] for row in self._rows[index].tolist()])


class _Record:
    """The last judgement of one check on each of n samples."""

    def __init__(self, count: int) -> None:
        self._asked = np.zeros(count, bool)
        self._issue = np.zeros(count, bool)
        self._scores = np.zeros(count)
        self._reasons = np.full(count, "", object)
        self._partners = np.full(count, None, object)
        self.about_set: list[SetIssue] = []

    def note(self, index: Array, finding: Finding, threshold: float) -> None:
        self._asked[index] = True
        self._scores[index] = finding.scores
        self._issue[index] = finding.scores >= threshold
        said = np.fromiter((bool(reason) for reason in finding.reasons), bool, len(index))
        told = index[said]  # copies that have left still explain: what was said once stays
        self._reasons[told] = np.array(finding.reasons, object)[said]
        self._partners[index] = np.array(finding.partners, object) if finding.partners else None
        self.about_set = finding.about_set

    def table(self, name: str, ids: pl.Series) -> pl.DataFrame:
        columns = {
            "id": ids,
            "check": [name] * len(ids),
            "score": self._scores,
            "is_issue": self._issue,
            "reason": self._reasons.tolist(),
            "partner": self._partners.tolist(),
        }
        return pl.DataFrame(columns, schema=ISSUE_COLUMNS).filter(self._asked)


def _sound(name: str, finding: Finding, count: int) -> Finding:
    """`finding`, if it keeps the kind's contract; else a bug of the check."""
    lengths = {len(finding.scores), len(finding.reasons), len(finding.partners or finding.reasons)}
    if lengths != {count}:
        raise ValueError(f"check {name} gave {sorted(lengths)} scores, reasons and partners for {count} samples")
    if not ((finding.scores >= 0) & (finding.scores <= 1)).all():
        raise ValueError(f"check {name} gave a score outside [0, 1]")
    if not all(0 <= issue.score <= 1 for issue in finding.about_set):
        raise ValueError(f"check {name} gave the set a score outside [0, 1]")
    return finding
