"""Faults at single system calls of a real process, through strace's injection: no code under test knows of it.

strace counts calls of one name a thread. So calls of the main thread are met by following it alone and counting all its
calls of a name; calls of other threads (Polars writes in its own) by following all and counting those on one path.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CALLS = ("write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat2", "unlinkat", "mkdir")
_CAN_FAIL = {
    "SIGKILL": CALLS,
    "ENOSPC": ("write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat2", "mkdir"),
    "EIO": ("write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat2", "unlinkat"),
}
_SECONDS = 900
_LINE = re.compile(r"(\d+) +(\w+)\((?:(?P<fd>\d+|AT_FDCWD)<(?P<opened>[^>]*)>)?(?:, )?(?:\"(?P<named>[^\"]*)\")?")


@dataclass(frozen=True)
class Call:
    """One system call on a file of the project, in a form that leads to it again in another process."""

    name: str
    path: str
    """Relative to the project."""
    number: int
    """Which call of this name it is: of all of the main thread's, or of those on `path` where another thread does it."""
    is_main: bool

    def faults(self) -> list[str]:
        return [fault for fault, names in _CAN_FAIL.items() if self.name in names]


@dataclass(frozen=True)
class Ended:
    code: int
    said: str
    met_fault: bool = False

    @property
    def was_killed(self) -> bool:
        return self.code in {-signal.SIGKILL, 128 + signal.SIGKILL}


@functools.cache
def missing() -> str:
    """Why faults cannot be injected here; empty where they can."""
    if shutil.which("strace") is None:
        return "strace is not installed (Debian: apt-get install strace)"
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=write", sys.executable, "-c", ""]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"strace may not trace here: {done.stderr.strip()[-200:]}"


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Ended:
    """Runs a command to its end."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    return Ended(done.returncode, done.stderr)


def observe(command: Sequence[str], project: Path, environment: Mapping[str, str]) -> list[Call]:
    """Every call on a file below `project` that a run of the command makes."""
    log = project.with_name(f"{project.name}.strace")
    traced = ["strace", "-f", "-qq", "-y", "-s", "4096", "-o", str(log), "-e", f"trace={','.join(CALLS)}", *command]
    ended = run(traced, project, environment)
    assert ended.code == 0, f"strace saw {command} end with {ended.code}: {ended.said}"
    return list(_calls(log.read_text(errors="replace").splitlines(), project))


def _calls(lines: Sequence[str], project: Path) -> Iterator[Call]:
    main = lines[0].split(" ")[0]
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
        below = path.relative_to(project).as_posix()
        on_path[name, below] += 1
        number = of_main[name] if thread == main else on_path[name, below]
        yield Call(name, below, number, thread == main)


def _path(found: re.Match[str]) -> Path | None:
    named = found["opened"] or found["named"]
    return Path(named) if named else None


def inject(call: Call, fault: str, command: Sequence[str], project: Path, environment: Mapping[str, str]) -> Ended:
    """Runs the command with a fault at one call: `SIGKILL` at its start, or an error number instead of it."""
    what = f"signal={fault}" if fault.startswith("SIG") else f"error={fault}"
    which = [] if call.is_main else ["-f", "-P", str(project / call.path)]
    log = project.with_name(f"{project.name}.strace")
    options = ["-qq", "-o", str(log), "-e", f"trace={call.name}", *which]
    injected = ["-e", f"inject={call.name}:{what}:when={call.number}"]
    ended = run(["strace", *options, *injected, *command], project, environment)
    met = ended.was_killed or "(INJECTED)" in log.read_text(errors="replace")
    return replace(ended, met_fault=met)
