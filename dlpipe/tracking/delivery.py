"""Sends what earlier commands could not send, and ends the runs of processes that died."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlpipe.core.say import say
from dlpipe.tracking.feeder import reason
from dlpipe.tracking.journal import Entry, entries, try_open
from dlpipe.tracking.sending import Sender
from dlpipe.tracking.store import prepare, quiet, store_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlpipe.core.project import Project
    from dlpipe.tracking.store import Store

_SILENT_S = 3600
"""A journal of another machine on a shared disk counts as dead after this long without an entry."""


@dataclass
class Delivery:
    """What became of the journals."""

    sent: int = 0
    """Entries that MLflow took now."""
    left: int = 0
    """Entries that still wait."""
    elsewhere: int = 0
    """Runs with entries that wait for another store than the one set now."""
    problems: list[str] = field(default_factory=list[str])
    """Why they wait, a sentence each."""


def deliver(project: Project, pipeline: str | None = None, *, everything: bool = False) -> Delivery:
    """Sends every journal's rest to MLflow, exactly once, and marks runs of dead processes KILLED.

    Warns about what still waits; a server that is away raises nothing. Runs that are open in a live process are left
    to it. Costs nothing where nothing waits.

    Args:
        project: The project.
        pipeline: Must be given in a smoke run, whose store is its own.
        everything: Also runs that were sent before, if the store no longer has them.

    Raises:
        DlpipeError: the store cannot be used (damaged, of another schema, a folder of files).
    """
    store = store_of(project, pipeline)
    end_dead_runs(store)
    if next(_waiting(store, everything=everything), None) is None:
        return Delivery()
    prepare(store)
    found = send_waiting(store, everything=everything)
    if found.left:
        why = f": {found.problems[0]}" if found.problems else ""
        say.warn(f"{found.left} entries wait for MLflow ({store.shown}){why}; `dlpipe sync` sends them")
    return found


def send_waiting(store: Store, *, everything: bool = False) -> Delivery:
    """Sends what waits for this store; stops at the first journal that it does not take."""
    found = Delivery()
    quiet()
    for key in _waiting(store, everything=everything):
        if not everything and _home(store, key) != store.identity:
            found.elsewhere += 1
            continue
        sender = Sender(store, key)
        if not found.problems:
            _send(store, sender, found, everything=everything)
        found.left += sender.left()
    return found


def _send(store: Store, sender: Sender, found: Delivery, *, everything: bool) -> None:
    journal = try_open(store.journals, sender.key)
    if journal is None:
        return
    try:
        if everything:
            sender.check()
        sender.send()
    except Exception as error:  # noqa: BLE001 - whatever a transport raises; it is said and tried again later
        found.problems.append(reason(error))
    finally:
        found.sent += sender.sent
        journal.close()


def _waiting(store: Store, *, everything: bool) -> Iterator[str]:
    """Keys of journals that hold something this store has not taken."""
    for path in sorted(store.journals.glob("*.jsonl")):
        if everything or Sender(store, path.stem).pending() > 0:
            yield path.stem


def _home(store: Store, key: str) -> str | None:
    first = next(entries(store.journals / f"{key}.jsonl"), None)
    return str(first.data.get("store")) if first is not None else None


def end_dead_runs(store: Store, but: str = "") -> list[str]:
    """Writes into their journals that runs were killed whose process has died without a word; returns their keys."""
    ended: list[str] = []
    for path in sorted(store.journals.glob("*.jsonl")):
        if path.stem == but or _settled(store, path):
            continue
        journal = try_open(store.journals, path.stem)
        if journal is None:
            continue
        last = _last_word(path)
        if last is not None and last.kind == "open" and _is_over(path, last):
            why = f"process {last.data['pid']} on {last.data['host']} ended without a word"
            journal.append("end", {"status": "KILLED", "why": why})
            ended.append(path.stem)
        journal.close()
    return ended


def _settled(store: Store, path: Path) -> bool:
    """Whether all of a journal was sent and its run has ended: the usual case, told without reading it."""
    position = Sender(store, path.stem).position
    return position.ended and position.offset == path.stat().st_size


def _last_word(path: Path) -> Entry | None:
    last = None
    for entry in entries(path):
        if entry.kind in {"open", "end"}:
            last = entry
    return last


def _is_over(path: Path, opened: Entry) -> bool:
    here = opened.data.get("host") == socket.gethostname()
    return here or time.time() - path.stat().st_mtime > _SILENT_S
