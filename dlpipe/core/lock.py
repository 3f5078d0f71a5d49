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


@contextmanager
def locked(path: Path, what: str, *, wait: bool = False) -> Generator[None]:
    """Holds the lock file `path` while the block runs.

    Raises:
        DlpipeError: somebody else holds it and `wait` is False; says who.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "another process"
            fix = "wait until it has ended, or stop it"
            raise DlpipeError(f"{what} is busy: {holder} works on it", fix, Exit.ENVIRONMENT) from error
        file.truncate(0)
        file.write(f"process {os.getpid()} ({' '.join(sys.argv)[:200]})\n")
        file.flush()
        yield
        file.truncate(0)
