"""The append-only journal of a run: one JSON line an entry, on disk before MLflow hears of it.

<key>.jsonl       {"at": milliseconds, "kind": "metrics", "data": {…}} a line; a torn or damaged line is skipped
<key>.lock        held (flock) by the process in which the run is open; the kernel frees it when that process dies
<key>.sent.json   how far each store has it
<key>/            copies of artifacts that wait to be sent
"""

from __future__ import annotations

import errno
import fcntl
import json
import math
import os
import re
import threading
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


def checked_key(key: str) -> str:
    """`key`, if it can name a file: it is read from `train/run.json`.

    Raises:
        DlpipeError: it cannot.
    """
    if not _KEY.fullmatch(key):
        raise DlpipeError(f"{key!r} is no key of a run", "run `dlpipe train` again", Exit.INTEGRITY)
    return key


def now_ms() -> int:
    """Milliseconds since 1970, as MLflow counts."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Entry:
    """One line of a journal."""

    at: int
    kind: str
    data: Mapping[str, Any]
    end: int
    """Offset in bytes behind the line."""


def entries(path: Path, start: int = 0) -> Iterator[Entry]:
    """Whole lines from byte `start` on. A line that is no entry (torn by a crash, zeroed by a power cut) is skipped."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        end = file.seek(start)
        for line in file:
            if not line.endswith(b"\n"):
                return
            end += len(line)
            entry = _entry(line, end)
            if entry is not None:
                yield entry


def _entry(line: bytes, end: int) -> Entry | None:
    try:
        found = json.loads(line)
        return Entry(int(found["at"]), str(found["kind"]), dict(found["data"]), end)
    except (ValueError, KeyError, TypeError):
        return None


def number(value: float) -> float | str:
    """A number as JSON knows it: NaN and infinity become words that `float` reads back."""
    return value if math.isfinite(value) else str(value)


class Journal:
    """The journal of one run, open for writing in this process alone. Threads may share it.

    Raises:
        DlpipeError: another process has the run open and does not end.
    """

    def __init__(self, folder: Path, key: str, *, wait_s: float = 30.0) -> None:
        self.key = checked_key(key)
        self.path = folder / f"{key}.jsonl"
        self.spool = folder / key
        folder.mkdir(parents=True, exist_ok=True)
        self._lock_file = _held(folder / f"{key}.lock", wait_s)
        self._file = self.path.open("ab", buffering=0)
        self._torn = not _ends_whole(self.path)
        files.sync_folder(folder)
        self._writing = threading.Lock()

    def append(self, kind: str, data: Mapping[str, Any]) -> None:
        """Adds an entry; it is with the system when this returns, and on disk after `sync`.

        Raises:
            OSError: the disk is full or gone.
        """
        text = json.dumps({"at": now_ms(), "kind": kind, "data": data}, allow_nan=False, ensure_ascii=False)
        line = text.encode("utf-8", "backslashreplace") + b"\n"
        with self._writing:
            if self._torn:
                line = b"\n" + line
            self._torn = True
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            self._torn = False

    def sync(self) -> None:
        """Puts what was appended on disk."""
        if not self._file.closed:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Gives the run free for other processes."""
        self._file.close()
        self._lock_file.close()


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _held(path: Path, seconds: float) -> IO[bytes]:
    file = path.open("ab")
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() < until:
                time.sleep(0.1)
                continue
            file.close()
            problem = f"run {path.stem} is open in another process"
            raise DlpipeError(problem, "wait until that training has ended, or stop it", Exit.ENVIRONMENT) from error
        return file


def try_open(folder: Path, key: str) -> Journal | None:
    """The journal of a run that no living process has open, else None."""
    try:
        return Journal(folder, key, wait_s=0)
    except DlpipeError:
        return None
