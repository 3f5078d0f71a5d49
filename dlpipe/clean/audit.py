"""One audit, wherever the samples come from: look at all of them, let checks and people decide, say what stands out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.clean.decide import Outcome, decide
from dlpipe.clean.jury import Tables
from dlpipe.clean.losses import losses_table
from dlpipe.clean.scan import Evidence, scan
from dlpipe.core.engine import one_start
from dlpipe.core.errors import DlpipeError
from dlpipe.core.say import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np

    from dlpipe.clean.checks import Check
    from dlpipe.clean.journal import Journal
    from dlpipe.clean.verdicts import Verdict
    from dlpipe.modalities import Modality, Reader
    from dlpipe.tasks import Task

    Vectors = Callable[[pl.DataFrame], np.ndarray[Any, Any]]

_TOLD = 3
"""Findings about the set that are told; the table has all."""


@dataclass(frozen=True)
class Subject:
    """What is audited."""

    name: str
    """What people call it: the pipeline's or the folder's name."""
    samples: pl.DataFrame
    """The samples table, sorted by id."""
    votes: pl.DataFrame
    raw: Path
    modality: Modality
    groups: list[str] = field(default_factory=list[str])
    task: Task | None = None
    """What its labels are; None where nobody has said so."""

    def reader(self) -> Reader:
        """Its decoded samples."""
        return self.modality.reader(self.raw, self.samples)


@dataclass(frozen=True)
class Audit:
    """What was found."""

    subject: Subject
    checks: Mapping[str, Check]
    verdicts: Mapping[str, Verdict]
    evidence: Evidence
    outcome: Outcome


def audit(
    subject: Subject,
    checks: Mapping[str, Check],
    verdicts: Mapping[str, Verdict],
    vectors: Vectors | None = None,
    journal: Journal | None = None,
) -> Audit:
    """Looks at every sample and decides.

    Args:
        subject: The samples.
        checks: All of which understand its modality: see `fitting`.
        verdicts: What people said, by id.
        vectors: Gives the vectors of the readable samples, if a check uses them.
        journal: From which a scan that was killed goes on.

    Raises:
        DlpipeError: a file is gone or is not the one that was listed.
    """
    with one_start(), ThreadPoolExecutor(1) as beside:  # one start for the first look and for the second
        prepared = beside.submit(lambda: [check.prepare() for check in checks.values()])
        reader = subject.reader()
        evidence = scan(reader, checks, journal)
        uses_vectors = any(check.uses_vectors for check in checks.values())
        prepared.result()
        found = vectors(subject.samples[evidence.readable]) if vectors is not None and uses_vectors else None
        outcome = decide(Tables(subject.samples, subject.votes, found, reader), evidence, checks, verdicts)
    return Audit(subject, checks, verdicts, evidence, outcome)


def fitting(
    checks: Mapping[str, Check], modality: Modality, task: Task | None = None, *, asked: bool
) -> dict[str, Check]:
    """The checks that understand this modality and task; one that was asked for and does not is an error.

    Raises:
        DlpipeError: it names the check.
    """
    suitable = {name: check for name, check in checks.items() if modality.name in (check.modalities or [modality.name])}
    strange = [name for name in checks if name not in suitable]
    if strange and asked:
        understood = ", ".join(checks[strange[0]].modalities)
        problem = f"clean.checks.{strange[0]} understands {understood}, the data set's modality is {modality.name}"
        raise DlpipeError(problem, f"take '{strange[0]}' out of clean.checks")
    if task is None or not task.several:
        return suitable
    of_one = [name for name, check in suitable.items() if check.of_one_label]
    if of_one and asked:
        problem = f"clean.checks.{of_one[0]} takes it that a sample has one class, of the task {task.name} it may have several"
        raise DlpipeError(problem, f"take '{of_one[0]}' out of clean.checks")
    if of_one:
        say.note(f"left out, for samples may have several labels: {', '.join(of_one)}")
    return {name: check for name, check in suitable.items() if name not in of_one}


def warnings(seen: Audit) -> list[str]:
    """What a person should look at, a sentence each."""
    found = [
        f"'{sample.id}' cannot be kept as {seen.verdicts[sample.id].by} wishes: {sample.reason}, {sample.detail}"
        for sample in seen.evidence.unreadable
        if sample.id in seen.verdicts and seen.verdicts[sample.id].verdict == "keep"
    ]
    issues = seen.outcome.issues
    differing = issues.filter(issues["reason"].str.contains("labels differ: ", literal=True))
    if differing.height:
        named = f"{differing.height} copies of one another have different labels, as '{differing['id'][0]}'"
        found.append(f"{named}: see issues.parquet")
    about_set = set_issues(seen).filter("is_issue")["reason"]
    more = [f"{len(about_set) - _TOLD} further findings about the set stand in set_issues.parquet"]
    return [*found, *about_set.head(_TOLD), *(more if len(about_set) > _TOLD else [])]


def set_issues(seen: Audit) -> pl.DataFrame:
    """What concerns the set as a whole: what checks say of it, and whom cleaning took more from."""
    lost = losses_table(seen.subject.samples, seen.outcome.set_aside, seen.subject.groups)
    return pl.concat([seen.outcome.set_issues, lost])
