"""Faults at single system calls of a real process, through strace's injection: no code under test knows of it.

strace counts calls of one name a thread. Calls on an open file are met by following all threads (Polars writes in its
own) and counting those on its path; how often the main thread writes elsewhere, to pipes or semaphores, differs from run
to run. Calls on names (rename, unlinkat, mkdir) of the main thread are met by following it alone and counting all.
"""

from __future__ import annotations

import contextlib
import functools
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.warm import state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.faults.cold import Ended
    from tests.faults.warm import Warm

CALLS = ("write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat2", "unlinkat", "mkdir")
_CAN_FAIL = {
    "SIGKILL": CALLS,
    "ENOSPC": ("write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat2", "mkdir"),
    "EIO": ("write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat2", "unlinkat"),
}
FAULTS = tuple(_CAN_FAIL)
_ON_OPEN_FILES = {"write", "pwrite64", "writev", "fsync", "fdatasync"}
_PID = "{pid}"
"""Stands in a path for the process that the file is named after."""
_LINE = re.compile(r"(\d+) +(\w+)\((?:(?P<fd>\d+|AT_FDCWD)<(?P<opened>[^>]*)>)?(?:, )?(?:\"(?P<named>[^\"]*)\")?")


@dataclass(frozen=True)
class Call:
    """One system call on a file of the project, in a form that leads to it again in another process."""

    name: str
    path: str
    """Relative to the project."""
    number: int
    """Which call of this name it is: of those on `path`, or of all of the main thread's."""
    by_path: bool

    @property
    def is_sqlites(self) -> bool:
        """Whether SQLite makes it, for MLflow's data base or the journal beside it: a run has hundreds of these."""
        return Path(self.path).name.startswith("mlflow.db") and not self.path.endswith("-lock")

    def faults(self) -> list[str]:
        return [fault for fault, names in _CAN_FAIL.items() if self.name in names]


@functools.cache
def missing() -> str:
    """Why faults cannot be injected here; empty where they can."""
    if shutil.which("strace") is None:
        return "strace is not installed (Debian: apt-get install strace)"
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=write", sys.executable, "-c", ""]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"strace may not trace here: {done.stderr.strip()[-200:]}"


def observe(warm: Warm, words: Sequence[str], project: Path, environment: Mapping[str, str]) -> list[Call]:
    """Every call on a file below `project` that a run of `dlpipe WORDS` makes."""
    log = project.with_name(f"{project.name}.strace")
    options = ["-f", "-y", "-s", "4096", "-e", f"trace={','.join(CALLS)}"]
    pid, ended = _traced(warm, words, project, environment, lambda _pid: options, log)
    assert ended.code == 0, f"strace saw {words} end with {ended.code}: {ended.said}"
    return list(_calls(log.read_text(errors="replace").splitlines(), pid, project))


def _traced(
    warm: Warm,
    words: Sequence[str],
    project: Path,
    environment: Mapping[str, str],
    options: Callable[[int], Sequence[str]],
    log: Path,
) -> tuple[str, Ended]:
    """Runs `dlpipe WORDS` under strace from its first step on; returns the main thread's number too.

    `options` are made of that number.
    """
    with contextlib.ExitStack() as stack:
        pids: list[str] = []

        def attach(pid: int) -> None:
            pids.append(str(pid))
            command = ["strace", "-qq", "-o", str(log), *options(pid), "-p", str(pid)]
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.DEVNULL))
            while state(pid, "TracerPid") == "0":
                time.sleep(0.002)

        ended = warm.run(words, project, environment, before=attach)
    return pids[0], ended


def _calls(lines: Sequence[str], main: str, project: Path) -> Iterator[Call]:
    of_main: Counter[str] = Counter()
    on_path: Counter[tuple[str, str]] = Counter()
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        thread, name = found[1], found[2]
        of_main[name] += thread == main
        path = Path(found["opened"] or "/", found["named"] or "") if name == "unlinkat" else _path(found)
        if path is None or not path.is_relative_to(project):
            continue
        below = path.relative_to(project).as_posix().replace(f".{main}.", f".{_PID}.")
        on_path[name, below] += 1
        by_path = thread != main or name in _ON_OPEN_FILES
        yield Call(name, below, on_path[name, below] if by_path else of_main[name], by_path)


def _path(found: re.Match[str]) -> Path | None:
    named = found["opened"] or found["named"]
    return Path(named) if named else None


def inject(
    warm: Warm, call: Call, fault: str, words: Sequence[str], project: Path, environment: Mapping[str, str]
) -> Ended:
    """Runs `dlpipe WORDS` with a fault at one call: `SIGKILL` at its start, or an error number instead of it."""
    what = f"signal={fault}" if fault.startswith("SIG") else f"error={fault}"
    log = project.with_name(f"{project.name}.strace")

    def options(pid: int) -> list[str]:
        path = project / call.path.replace(_PID, str(pid))
        which = ["-f", "-P", str(path)] if call.by_path else []
        return ["-e", f"trace={call.name}", *which, "-e", f"inject={call.name}:{what}:when={call.number}"]

    _, ended = _traced(warm, words, project, environment, options, log)
    met = ended.was_killed or "(INJECTED)" in log.read_text(errors="replace")
    return replace(ended, met_fault=met)
