"""One writer at a time, by a lock that the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_LONGEST_TEXT_BYTES = 1000

_held: set[int] = set()


def _let_go() -> None:
    """In a forked child: the lock is its parent's, and a child that outlives a killed parent must not keep it."""
    for handle in _held:
        os.close(handle)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)


@contextmanager
def locked(path: Path, what: str, *, wait: bool = False) -> Generator[None]:
    """Holds the lock file `path` while the block runs.

    Raises:
        DlpipeError: somebody else holds it and `wait` is False; says who.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    _held.add(handle)
    try:
        _take(handle, what, wait=wait)
        _write(handle, f"process {os.getpid()} ({' '.join(sys.argv)[:200]})\n")
        yield
        _write(handle, "")
    finally:
        if handle in _held:
            _held.remove(handle)
            os.close(handle)


def _take(handle: int, what: str, *, wait: bool) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError as error:
        holder = os.pread(handle, _LONGEST_TEXT_BYTES, 0).decode(errors="replace").strip() or "another process"
        fix = "wait until it has ended, or stop it"
        raise DlpipeError(f"{what} is busy: {holder} works on it", fix, Exit.ENVIRONMENT) from error


def _write(handle: int, text: str) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, text.encode(errors="replace"), 0)
