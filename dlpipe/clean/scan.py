"""Decodes every sample once and lets every check look at it; only their small evidence stays in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.core.loop import each
from dlpipe.modalities import Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.clean.checks import Check
    from dlpipe.modalities import Reader


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


def scan(reader: Reader, checks: Mapping[str, Check]) -> Evidence:
    """Looks at every sample of a reader.

    Raises:
        DlpipeError: a file is gone or is not the one that `ingest` saw.
    """
    looking = {name: check for name, check in checks.items() if check.looks_at_samples}
    evidence = Evidence(looks={name: [] for name in looking})

    def look(row: int) -> Unreadable | tuple[Mapping[str, Any], list[Any]]:
        sample = reader[row]
        if isinstance(sample, Unreadable):
            return sample
        return sample.facts, [check.look(sample) for check in looking.values()]

    for row, seen in enumerate(each(look, range(len(reader)), "looking at samples")):
        if isinstance(seen, Unreadable):
            evidence.unreadable.append(seen)
            continue
        facts, looks = seen
        evidence.readable.append(row)
        evidence.facts.append(facts)
        for name, value in zip(looking, looks, strict=True):
            evidence.looks[name].append(value)
    return evidence
