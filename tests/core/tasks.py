"""What workers do in tests: a guarded process imports it by name."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

CRASH, HANG, ABORT, LEAVE, KILLED = -1, -2, -3, -4, -5
ERROR, STRANGE_ERROR = -10, -11
NEVER = 1000.0


class StrangeError(Exception):
    """Does not survive the way between processes."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def square(item: Any) -> int:
    """An item's square; negative ones end the process or raise."""
    if isinstance(item, str):
        return _once(Path(item))
    return item * item if item >= 0 else _harm(item)


def _harm(item: int) -> NoReturn:
    match item:
        case -1:
            ctypes.string_at(0)
        case -2:
            time.sleep(NEVER)
        case -3:
            os.abort()
        case -4:
            os._exit(7)
        case -5:
            os.kill(os.getpid(), signal.SIGKILL)
        case -10:
            raise ValueError("no square")
        case _:
            raise StrangeError("very ", "strange")
    sys.exit("unreachable")


def _once(mark: Path) -> int:
    """Kills its process the first time it meets a mark, like a machine that is short of memory for a moment."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 1


def peak_mib(_item: int) -> float:
    """The largest memory of this process so far."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def process(_item: int) -> tuple[int, int]:
    """This process and its parent."""
    time.sleep(0.01)
    return os.getpid(), os.getppid()


def limits(_item: int) -> tuple[str, int, str]:
    """How this process is set up."""
    import resource

    return (
        str(Path("/proc/self/fd/1").readlink()),
        resource.getrlimit(resource.RLIMIT_CORE)[0],
        os.environ["OMP_NUM_THREADS"],
    )


@dataclass(frozen=True)
class counted:  # noqa: N801 - reads like a function
    """Adds a byte to a file for each item."""

    place: Path

    def __call__(self, item: int) -> int:
        with self.place.open("ab") as file:
            file.write(b".")
        return item
