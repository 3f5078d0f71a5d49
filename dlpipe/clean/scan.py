"""Decodes every sample once and lets every check look at it; only their small evidence is kept (`dlpipe.clean.pile`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING

import polars as pl

from dlpipe.clean.journal import key_of
from dlpipe.clean.look import Look
from dlpipe.clean.pile import Pile
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

_LIBRARIES = ("dlpipe", "numpy", "opencv-python-headless", "pillow", "kornia-rs")
"""By which samples are decoded and looked at."""


@dataclass(frozen=True)
class Evidence:
    """What looking at all samples gave."""

    unreadable: list[Unreadable] = field(default_factory=list[Unreadable])
    readable: list[int] = field(default_factory=list[int])
    """Rows of the samples table, n of them."""
    facts: Pile = field(default_factory=Pile)
    """n mappings, as the modality gives them."""
    looks: dict[str, Pile] = field(default_factory=dict[str, Pile])
    """n values for each check that looks."""

    def facts_table(self) -> pl.DataFrame:
        """`facts` as a table of n rows."""
        parts = [pl.from_dicts(part, infer_schema_length=None) for part in self.facts.parts()]
        return pl.concat(parts, how="diagonal_relaxed") if parts else pl.DataFrame()


def scan(reader: Reader, checks: Mapping[str, Check], journal: Journal | None = None) -> Evidence:
    """Looks at every sample of a reader. One that crashes its decoder, or hangs in it, is an unreadable sample.

    With a journal it goes on where a scan of the same key was killed, and ends in the same evidence.

    Raises:
        DlpipeError: a file is gone or is not the one that `ingest` saw.
    """
    looking = {name: check for name, check in checks.items() if check.looks_at_samples}
    evidence = Evidence(looks={name: Pile() for name in looking})
    for row, seen in enumerate(_glances(reader, looking, journal)):
        if isinstance(seen, Unreadable):
            evidence.unreadable.append(seen)
            continue
        facts, looks = seen
        evidence.readable.append(row)
        evidence.facts.append(facts)
        for name, value in zip(looking, looks, strict=True):
            evidence.looks[name].append(value)
    return evidence


def _glances(reader: Reader, looking: Mapping[str, Check], journal: Journal | None) -> Iterator[Unreadable | Glance]:
    """What is seen of every sample: what a journal knows already, and then the rest, which it notes."""
    if journal is None:
        yield from _new_glances(reader, looking, 0)
        return
    known = 0
    for seen in journal.read():
        known += 1
        yield seen
    yield from journal.noting(_new_glances(reader, looking, known))


def _new_glances(reader: Reader, looking: Mapping[str, Check], start: int) -> Iterator[Unreadable | Glance]:
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
    libraries = [metadata.version(name) for name in _LIBRARIES]
    return key_of(version, libraries, described(reader.opener.modality), looking, reader.places)
