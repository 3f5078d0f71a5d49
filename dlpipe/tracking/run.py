"""One MLflow run as a stage sees it: methods that only write a journal line and return at once."""

from __future__ import annotations

import shutil
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, Self

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.process import Stopped
from dlpipe.core.say import say
from dlpipe.tracking import delivery, names
from dlpipe.tracking.feeder import Feeder, reason
from dlpipe.tracking.journal import Journal, entries, now_ms, number
from dlpipe.tracking.sending import Sender
from dlpipe.tracking.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from dlpipe.tracking.monitor import Monitor

Status = Literal["FINISHED", "FAILED", "KILLED"]


class Run:
    """A run that is open in this process. Every method returns at once; none raises because MLflow is away."""

    def __init__(self, store: Store, journal: Journal, *, owns: bool) -> None:
        self.key = journal.key
        self._journal = journal
        self._owns = owns
        self._sender = Sender(store, journal.key)
        afterwards = (lambda: _tidy(store)) if owns else None
        self._feeder = Feeder(journal, self._sender, afterwards)
        self._monitor: Monitor | None = None
        self._ended = False
        self._lost = 0

    def params(self, params: Mapping[str, Any]) -> None:
        """Settings. Nested mappings are flattened with dots; values over 6,000 characters are cut.

        A parameter that had another value before (a resumed run) keeps the first one; the tag
        `dlpipe.params.drift` says what changed.
        """
        self._write("params", {"values": names.flat_params(params)})

    def metrics(self, metrics: Mapping[str, float | None], step: int | None = None) -> None:
        """Numbers of one step (an epoch, or None for a number that has no steps), stored once with this moment's time.

        None (undefined) is left out. Characters that MLflow does not take in a name become `_`.
        """
        found = {names.safe_name(name): number(float(value)) for name, value in metrics.items() if value is not None}
        if found:
            self._write("metrics", {"values": found, "step": 0 if step is None else step})

    def tags(self, tags: Mapping[str, str]) -> None:
        """Words about the run; a later value replaces an earlier one. `mlflow.note.content` is the description."""
        self._write("tags", {"values": names.safe_tags(tags)})

    def artifact(self, path: Path, folder: str = "") -> None:
        """A file (or every file below a folder), copied now, to be shown on the run below `folder`."""
        if path.is_dir():
            for file in sorted(found for found in path.rglob("*") if found.is_file()):
                below = file.parent.relative_to(path).as_posix()
                self.artifact(file, "/".join(part for part in (folder, below) if part not in {"", "."}))
            return
        copy = uuid.uuid4().hex[:12]
        place = self._journal.spool / copy
        try:
            place.mkdir(parents=True)
            shutil.copyfile(path, place / path.name)
        except OSError as error:
            self._lose(error)
            return
        self._write("artifact", {"copy": copy, "name": path.name, "folder": folder})

    def dataset(self, name: str, digest: str, source: str, context: str) -> None:
        """What the run read: `digest` as DVC knows it (`<md5>.dir`), `source` the path, `context` training, test."""
        self._write("dataset", {"name": name, "digest": digest[:36], "source": source, "context": context})

    def end(self, status: Status = "FINISHED", why: str = "") -> None:
        """Ends the run and waits a few seconds for MLflow; says what remains for `dlpipe sync`. Twice is once."""
        if self._ended:
            return
        self._ended = True
        if self._monitor is not None:
            self._monitor.finish()
        if self._owns:
            self._write("end", {"status": status, "why": names.cut(why, 1000)})
        if self._lost:
            say.warn(f"{self._lost} entries of the MLflow run are lost: its journal could not be written")
        if not self._feeder.finish():
            left = self._sender.left()
            say.warn(f"{left} entries of the MLflow run wait in the journal; `dlpipe sync` sends them")

    def settled(self) -> str:
        """Ends the run and gives MLflow's id of it.

        Raises:
            DlpipeError: MLflow has not taken everything.
        """
        self.end()
        left = self._sender.left()
        if left or not self._sender.position.run_id:
            why = f": {reason(self._feeder.problem)}" if self._feeder.problem else ""
            problem = f"MLflow ({self._sender.store.shown}) does not answer{why}"
            fix = "see that it runs and can be reached, then run the same command again"
            raise DlpipeError(problem, fix, Exit.ENVIRONMENT)
        return self._sender.position.run_id

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """FINISHED; FAILED after an exception; KILLED after a signal (`Stopped`)."""
        if error is None:
            self.end()
        elif isinstance(error, Stopped | KeyboardInterrupt):
            self.end("KILLED", f"stopped by a signal ({error})")
        else:
            said = error.problem if isinstance(error, DlpipeError) else f"{type(error).__name__}: {error}"
            self.end("FAILED", said)

    def begin(self, kind: str, data: Mapping[str, Any], *, system_metrics: bool) -> Run:
        """Writes how the run starts and starts to feed; for `open_run` and `attach_run`."""
        self._write(kind, data)
        self._feeder.start()
        if system_metrics:
            from dlpipe.tracking.monitor import Monitor

            first = next(entries(self._journal.path), None)
            self._monitor = Monitor(self.metrics, first.at if first else now_ms())
        return self

    def _write(self, kind: str, data: Mapping[str, Any]) -> None:
        if self._ended and kind != "end":
            raise ValueError(f"run {self.key} has ended; a bug of the caller")
        try:
            self._journal.append(kind, data)
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        if not self._lost:
            say.warn(f"the journal of the MLflow run cannot be written, the work goes on: {error}")
        self._lost += 1


def _tidy(store: Store) -> None:
    """Sends what earlier runs left, KILLED ones among it."""
    with suppress(DlpipeError):
        found = delivery.send_waiting(store)
        if found.sent:
            say.detail(f"MLflow has taken {found.sent} entries of earlier runs")
