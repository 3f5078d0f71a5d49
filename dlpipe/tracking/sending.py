"""Sends the rest of one journal to MLflow, so that whatever is lost on the way every entry counts once.

A position says how far a store has the journal; it moves after MLflow has answered. What was sent twice because an
answer got lost changes nothing: a metric point carries its time, and name, step, time and value are one row in MLflow;
the other entries replace themselves; a run is looked up by its tag before and after it is made.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.tracking import writing
from dlpipe.tracking.journal import Entry, entries
from dlpipe.tracking.store import Store, client_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mlflow.entities import Run as MlflowRun
    from mlflow.tracking import MlflowClient

_BEGINNINGS = ("open", "attach")
_ITEMS = 900
"""A batch may hold 1,000."""


@dataclass
class Position:
    """How far one store has a journal."""

    offset: int = 0
    run_id: str = ""
    experiment_id: str = ""
    ended: bool = False


@dataclass(frozen=True)
class _Batch:
    """Entries that go in one call, or one entry that has a call of its own."""

    entries: list[Entry] = field(default_factory=list[Entry])

    @property
    def end(self) -> int:
        return self.entries[-1].end


def _batches(found: Iterable[Entry]) -> Iterator[_Batch]:
    """Neighbours of the kinds that go together, up to what a call may hold."""
    gathered: list[Entry] = []
    items = 0
    for entry in found:
        together = entry.kind in writing.TOGETHER
        size = len(entry.data.get("values", ())) if together else 0
        if gathered and (not together or items + size > _ITEMS):
            yield _Batch(gathered)
            gathered, items = [], 0
        if not together:
            yield _Batch([entry])
            continue
        gathered.append(entry)
        items += size
    if gathered:
        yield _Batch(gathered)


class Sender:
    """Sends one journal to one store. Only one process at a time may: the one that holds the journal's lock."""

    def __init__(self, store: Store, key: str) -> None:
        self.store = store
        self.key = key
        self.sent = 0
        self._journal: Path = store.journals / f"{key}.jsonl"
        self._memory: Path = store.journals / f"{key}.sent.json"
        self._client: MlflowClient | None = None
        self._target: writing.Target | None = None
        self.position = Position(**self._remembered().get(store.identity, {}))

    def pending(self) -> int:
        """Bytes of the journal that MLflow has not taken."""
        return self._journal.stat().st_size - self.position.offset

    def left(self) -> int:
        """Entries that MLflow has not taken."""
        return sum(1 for _ in entries(self._journal, self.position.offset))

    def send(self) -> int:
        """Sends what is behind the position and returns how many entries that was.

        Raises:
            Exception: whatever MLflow and its transports raise when the store is away; the position says how far it got.
        """
        if next(entries(self._journal, self.position.offset), None) is None:
            return 0
        target = self._attached()
        before = self.sent
        for batch in _batches(entries(self._journal, self.position.offset)):
            target.write(batch.entries)
            self._move(batch)
        return self.sent - before

    def check(self) -> None:
        """Sees whether the store still has the run; if not, everything counts as not sent."""
        if self.position.run_id:
            self._known(client_of(self.store))

    def _move(self, batch: _Batch) -> None:
        last = batch.entries[-1]
        self.position.offset = batch.end
        if last.kind in {"open", "end"}:
            self.position.ended = last.kind == "end"
        self.sent += len(batch.entries)
        self._remember()
        if last.kind == "artifact":
            files.remove(self.store.journals / self.key / str(last.data["copy"]))

    def _remembered(self) -> dict[str, Any]:
        return files.read_json(self._memory) if self._memory.is_file() else {}

    def _remember(self) -> None:
        files.write_json(self._memory, {**self._remembered(), self.store.identity: asdict(self.position)})

    def _attached(self) -> writing.Target:
        if self._target is None:
            client = client_of(self.store)
            run = self._known(client) or self._found(client)
            spool = self.store.journals / self.key
            self._target = writing.Target(client, run.info.run_id, spool, dict(run.data.params))
        return self._target

    def _known(self, client: MlflowClient) -> MlflowRun | None:
        """The run that was written to before, if the store still has it; else everything is sent again."""
        from mlflow.exceptions import MlflowException

        if not self.position.run_id:
            return None
        try:
            return client.get_run(self.position.run_id)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            say.detail(f"MLflow no longer has run {self.key[:8]}: all of it is sent again")
            self.position = Position()
            return None

    def _found(self, client: MlflowClient) -> MlflowRun:
        """The run with this key's tag, made if there is none."""
        first = next((entry for entry in entries(self._journal) if entry.kind in _BEGINNINGS), None)
        if first is None:
            raise DlpipeError(f"{self._journal} has lost its beginning", "remove it", Exit.INTEGRITY)
        experiment = writing.experiment_id(client, str(first.data["experiment"]), self.store.artifacts)
        run = writing.one_run(client, experiment, writing.RUN_TAG, self.key)
        if run is None:
            _make_run(client, experiment, self.key, first)
            run = writing.one_run(client, experiment, writing.RUN_TAG, self.key)
        if run is None:
            raise RuntimeError(f"MLflow made run {self.key} and does not find it")
        self.position.run_id, self.position.experiment_id = run.info.run_id, experiment
        self._remember()
        return run


def _make_run(client: MlflowClient, experiment: str, key: str, first: Entry) -> None:
    tags = {**first.data.get("tags", {}), writing.RUN_TAG: key}
    made = client.create_run(experiment, start_time=first.at, tags=tags, run_name=str(first.data.get("name", key[:8])))
    if first.kind != "open":
        client.set_terminated(made.info.run_id, "FINISHED", end_time=first.at)
