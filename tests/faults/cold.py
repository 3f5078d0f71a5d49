"""Runs of commands in fresh interpreters."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SECONDS = 900


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    said: str
    met_fault: bool = False

    @property
    def was_killed(self) -> bool:
        return self.code in {-signal.SIGKILL, 128 + signal.SIGKILL}


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
