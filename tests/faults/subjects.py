"""The stages under fault: a new stage is covered by its line here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """How a stage is tried."""

    stage: str
    every_call: bool = False
    """Whether each run of the tests meets every call; else five sampled ones, and all with `pytest -m slow`."""
    same_bytes: bool = True
    """Whether running it again gives the same bytes; else the same files."""
    num_kills: int = 0
    """Random moments at which it is killed too, for stages that spend their time elsewhere than in writing."""


SUBJECTS = {subject.stage: subject for subject in (Subject("ingest", every_call=True),)}
