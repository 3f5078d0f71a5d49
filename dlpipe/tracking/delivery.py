"""Sends what earlier commands could not send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlpipe.core.project import Project


@dataclass(frozen=True)
class Delivery:
    """What became of the journals."""

    sent: int
    """Entries that MLflow took now."""
    left: int
    """Entries that still wait."""
    problems: tuple[str, ...] = ()
    """Why they wait, a sentence each."""


def deliver(project: Project, pipeline: str | None = None) -> Delivery:
    """Sends every journal's rest to MLflow, exactly once, and marks runs of dead processes KILLED.

    Warns about what still waits; a server that is away raises nothing. Runs that are open in a live process are left
    to it. `pipeline` must be given in a smoke run, whose store is its own.
    """
    raise NotImplementedError
