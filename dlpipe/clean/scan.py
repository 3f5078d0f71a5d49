"""Decodes every sample once and lets every check look at it; only their small evidence stays in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import metadata
from itertools import chain
from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.clean.journal import key_of
from dlpipe.clean.look import Look
from dlpipe.core.isolated import Lost
from dlpipe.core.loop import each_isolated
from dlpipe.core.plugin import described
from dlpipe.core.worker import Job
from dlpipe.modalities import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlpipe.clean.checks import Check
    from dlpipe.clean.journal import Journal
    from dlpipe.clean.look import Glance
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


def scan(reader: Reader, checks: Mapping[str, Check], journal: Journal | None = None) -> Evidence:
    """Looks at every sample of a reader. One that crashes its decoder, or hangs in it, is an unreadable sample.

    With a journal it goes on where a scan of the same key was killed, and ends in the same evidence.

    Raises:
        DlpipeError: a file is gone or is not the one that `ingest` saw.
    """
    looking = {name: check for name, check in checks.items() if check.looks_at_samples}
    evidence = Evidence(looks={name: [] for name in looking})
    known = journal.read() if journal else []
    rest = _glances(reader, looking, len(known))
    for row, seen in enumerate(chain(known, journal.noting(rest) if journal else rest)):
        if isinstance(seen, Unreadable):
            evidence.unreadable.append(seen)
            continue
        facts, looks = seen
        evidence.readable.append(row)
        evidence.facts.append(facts)
        for name, value in zip(looking, looks, strict=True):
            evidence.looks[name].append(value)
    return evidence


def _glances(reader: Reader, looking: Mapping[str, Check], start: int) -> Iterator[Unreadable | Glance]:
    """What is seen of the samples from number `start` on."""
    if start == len(reader.places):
        return
    modality, places = reader.opener.modality, reader.places[start:]
    job = Job(Look(reader.opener, looking), modality.seconds, modality.imports)
    for place, seen in zip(places, each_isolated(job, places, "looking at samples"), strict=True):
        yield Unreadable(place.id, seen.reason, seen.detail) if isinstance(seen, Lost) else seen


def scan_key(reader: Reader, checks: Mapping[str, Check], version: int) -> str:
    """The digest of all that the evidence depends on: samples, settings, and what decodes and looks."""
    looking = [described(check) for check in checks.values() if check.looks_at_samples]
    libraries = [metadata.version(name) for name in ("dlpipe", "numpy", "opencv-python-headless", "pillow")]
    return key_of(version, libraries, described(reader.opener.modality), looking, reader.places)
