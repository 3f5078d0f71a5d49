"""The stages under fault: a new stage is covered by its line here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """How a stage is tried."""

    stage: str
    every_call: bool = False
    """Whether each run of the tests meets every call; else five sampled ones, and all with `pytest -m slow`."""
    differ: tuple[str, ...] = ()
    """Files that are others in every run: names of tracked runs and versions. All else must be the same bytes."""
    num_kills: int = 0
    """Random moments at which it is killed too, for stages that spend their time elsewhere than in writing."""


_TABLE = (
    Subject("ingest", every_call=True),
    Subject("embed", num_kills=2),
    Subject("clean"),
    Subject("label"),
    Subject("split"),
    Subject("train", differ=("run.json",), num_kills=3),
    Subject("export", num_kills=2),
    Subject("evaluate", differ=("efficiency.json",), num_kills=1),
    Subject("explain", num_kills=1),
    Subject("gate"),
    Subject("register", differ=("version.json", "summary.json"), num_kills=1),
)

SUBJECTS = {subject.stage: subject for subject in _TABLE}
