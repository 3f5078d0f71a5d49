"""The side thread that feeds MLflow from a run's journal, so that nothing else ever waits for a server."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

from dlpipe.core.say import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.tracking.journal import Journal
    from dlpipe.tracking.sending import Sender

_PAUSE_S = 1.0
"""Between two looks at the journal: what came meanwhile goes in one call, and on disk with one fsync."""
_LONGEST_PAUSE_S = 60.0
_LOCAL_PATIENCE_S = 30.0
_SERVER_PATIENCE_S = 5.0
_LONGEST_END_S = 60.0

_CAUSE = re.compile(r"Caused by \w+\((.*)\)")
"""How urllib3 ends its sentence about a server that does not answer."""
_QUOTES = "'\"() "


class Feeder:
    """Feeds one journal to one store until it is told to finish; then it closes the journal.

    A daemon: a request that hangs does not keep the process alive, and what it has not sent is in the journal.
    """

    def __init__(self, journal: Journal, sender: Sender, afterwards: Callable[[], None] | None = None) -> None:
        self.problem: Exception | None = None
        self._journal = journal
        self._sender = sender
        self._afterwards = afterwards
        self._wake = threading.Event()
        self._over = threading.Event()
        self._closing = self._abandoned = False
        self._sent_at = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="dlpipe-mlflow", daemon=True)

    def start(self) -> None:
        """Starts to feed."""
        self._thread.start()

    def finish(self) -> bool:
        """Whether MLflow has everything. Waits while it takes entries, and a few seconds once it does not."""
        patience = _LOCAL_PATIENCE_S if self._sender.store.database else _SERVER_PATIENCE_S
        started = time.monotonic()
        self._closing = True
        self._wake.set()
        while not self._over.wait(0.05):
            now = time.monotonic()
            if now - max(self._sent_at, started) > patience or now - started > _LONGEST_END_S:
                break
        self._abandoned = True
        self._wake.set()
        return self._over.is_set() and self.problem is None

    def _work(self) -> None:
        pause = _PAUSE_S
        try:
            while not self._abandoned:
                self._wake.wait(pause)
                last = self._closing
                well = self._turn()
                if last and (well or self._sender.store.database is None):
                    return
                pause = _PAUSE_S if well else min(pause * 2, _LONGEST_PAUSE_S)
                if last:
                    time.sleep(_PAUSE_S / 2)
        finally:
            self._journal.close()
            self._over.set()

    def _turn(self) -> bool:
        try:
            self._journal.sync()
            if self._sender.send():
                self._sent_at = time.monotonic()
                self._run_afterwards()
        except Exception as error:  # noqa: BLE001 - tracking never stops a training; it is said, and sent later
            if self.problem is None:
                say.warn(f"MLflow ({self._sender.store.shown}) does not take the run's numbers: {reason(error)}")
                say.note("  the work goes on; they are kept in the journal and sent as soon as it does")
            self.problem = error
            return False
        self.problem = None
        return True

    def _run_afterwards(self) -> None:
        afterwards, self._afterwards = self._afterwards, None
        if afterwards is not None:
            afterwards()


def reason(error: Exception) -> str:
    """What a person should read of an exception of MLflow or its transports."""
    from dlpipe.core.errors import DlpipeError

    if isinstance(error, DlpipeError):
        return f"{error.problem}; {error.fix}"
    text = " ".join(str(error).split()) or type(error).__name__
    if cause := _CAUSE.search(text):
        return f"no answer: {cause[1].rpartition(': ')[2].strip(_QUOTES)}"
    for noise in ("(Background on this error", "[SQL:"):
        text = text.partition(noise)[0].rstrip(" (:")
    return text[:240]
