"""Sends what earlier commands could not send, and ends the runs of processes that died."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlpipe.core import files
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
    problems: list[str] = field(default_factory=list[str])
    """Why they wait, a sentence each."""


def deliver(project: Project, pipeline: str | None = None) -> Delivery:
    """Sends every journal's rest to MLflow, exactly once, and marks runs of dead processes KILLED.

    Warns about what still waits; a server that is away raises nothing. Runs that are open in a live process are left
    to it. Costs nothing where nothing waits.

    Args:
        project: The project.
        pipeline: Must be given in a smoke run, whose store is its own.

    Raises:
        DlpipeError: the store cannot be used (damaged, of another schema, a folder of files).
    """
    store = store_of(project, pipeline)
    found = deliver_to(store)
    if found.left:
        why = f": {found.problems[0]}" if found.problems else ""
        say.warn(f"{found.left} entries wait for MLflow ({store.shown}){why}; `dlpipe sync` sends them")
    return found


def deliver_to(store: Store, *, everything: bool = False) -> Delivery:
    """As `deliver`, and says nothing. With `everything` also runs that were sent before, if the store lost them."""
    end_dead_runs(store)
    if next(_waiting(store, everything=everything), None) is None:
        return Delivery()
    prepare(store)
    return send_waiting(store, everything=everything)


def send_waiting(store: Store, *, everything: bool = False) -> Delivery:
    """Sends what waits for this store; stops at the first journal that it does not take."""
    found = Delivery()
    quiet()
    for key in _waiting(store, everything=everything):
        journal = try_open(store.journals, key)
        if journal is None:
            say.detail(f"run {key[:8]} is open in a process that sends it itself")
            continue
        try:
            _send(Sender(store, key), found, everything=everything)
        finally:
            journal.close()
    return found


def _send(sender: Sender, found: Delivery, *, everything: bool) -> None:
    """Sends one journal's rest, unless an earlier one has shown that the store is away."""
    try:
        if everything and not found.problems:
            sender.check()
        if not found.problems:
            sender.send()
    except Exception as error:  # noqa: BLE001 - whatever a transport raises; it is said and tried again later
        found.problems.append(reason(error))
    found.sent += sender.sent
    found.left += sender.left()


def _waiting(store: Store, *, everything: bool) -> Iterator[str]:
    """Keys of journals that hold something this store has not taken."""
    for path in sorted(store.journals.glob("*.jsonl")):
        sender = Sender(store, path.stem)
        if everything or (sender.pending() > 0 and _belongs(store, sender)):
            yield path.stem


def _belongs(store: Store, sender: Sender) -> bool:
    """Whether a run was begun in this store, or has been sent to it."""
    first = next(entries(store.journals / f"{sender.key}.jsonl"), None)
    return bool(sender.position.run_id) or (first is not None and first.data.get("store") == store.identity)


def waiting_elsewhere(store: Store) -> int:
    """Runs with entries for another store than the one that is set now."""
    keys = [path.stem for path in sorted(store.journals.glob("*.jsonl"))]
    return sum(1 for key in keys if not _belongs(store, Sender(store, key)) and not _sent_somewhere(store, key))


def _sent_somewhere(store: Store, key: str) -> bool:
    sent = store.journals / f"{key}.sent.json"
    size = (store.journals / f"{key}.jsonl").stat().st_size
    return sent.is_file() and any(said["offset"] == size for said in files.read_json(sent).values())


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
