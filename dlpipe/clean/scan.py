"""Decodes every sample once and lets every check look at it; only their small evidence stays in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.core.isolated import Lost
from dlpipe.core.loop import each_isolated
from dlpipe.core.worker import Job
from dlpipe.modalities import Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from dlpipe.clean.checks import Check
    from dlpipe.modalities import Opener, Place, Reader

    Glance: TypeAlias = tuple[Mapping[str, Any], list[Any]]


@dataclass(frozen=True)
class Evidence:
    """What looking at all samples gave."""

    unreadable: list[Unreadable] = field(default_factory=list[Unreadable])
    readable: list[int] = field(default_factory=list[int])
    """Rows of the samples table, n of them."""
    facts: list[Mapping[str, Any]] = field(default_factory=list["Mapping[str, Any]"])
    """n mappings, as the modality gives them."""
    looks: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    """n values for each check that looks."""

    def facts_table(self) -> pl.DataFrame:
        """`facts` as a table of n rows."""
        if not any(self.facts):
            return pl.DataFrame({"_": [None] * len(self.facts)}).select()
        return pl.from_dicts([dict(fact) for fact in self.facts], infer_schema_length=None)


@dataclass(frozen=True)
class Look:
    """What happens to one sample: decoded once, looked at by every check. It may be sent to other processes."""

    opener: Opener
    checks: Mapping[str, Check]

    def __call__(self, place: Place) -> Unreadable | Glance:
        """What a sample's file says and what each check sees, in the order of the checks."""
        sample = self.opener(place)
        if isinstance(sample, Unreadable):
            return sample
        return sample.facts, [check.look(sample) for check in self.checks.values()]


def scan(reader: Reader, checks: Mapping[str, Check]) -> Evidence:
    """Looks at every sample of a reader. One that crashes its decoder, or hangs in it, is an unreadable sample.

    Raises:
        DlpipeError: a file is gone or is not the one that `ingest` saw.
    """
    looking = {name: check for name, check in checks.items() if check.looks_at_samples}
    evidence = Evidence(looks={name: [] for name in looking})
    modality = reader.opener.modality
    job = Job(Look(reader.opener, looking), modality.seconds, modality.imports)
    for row, seen in enumerate(each_isolated(job, reader.places, "looking at samples")):
        if isinstance(seen, Unreadable | Lost):
            evidence.unreadable.append(Unreadable(reader.places[row].id, seen.reason, seen.detail))
            continue
        facts, looks = seen
        evidence.readable.append(row)
        evidence.facts.append(facts)
        for name, value in zip(looking, looks, strict=True):
            evidence.looks[name].append(value)
    return evidence
