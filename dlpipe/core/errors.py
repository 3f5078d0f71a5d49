"""The one exception a user is meant to see, and what each exit code means.

DlpipeError            a problem and how to mend it; printed as one sentence each, no traceback
anything else          a bug in dlpipe; shows its traceback
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Exit(IntEnum):
    """What a finished `dlpipe` process tells its caller."""

    DONE = 0
    BUG = 1
    INPUT = 2
    """Usage, configuration or input."""
    NO = 3
    """The answer is no: gate, audit, drift, stale, diverged, or data that cannot give what was asked."""
    ENVIRONMENT = 4
    """Disk, permission, memory, missing tool, busy, server away."""
    INTEGRITY = 5
    """Tampered, changed while running, made from other data or by another version."""
    INTERRUPTED = 130
    TERMINATED = 143


class DlpipeError(Exception):
    """A problem that a person can mend.

    `problem` says what and where; `fix` is the command or the edit that mends it.
    """

    def __init__(self, problem: str, fix: str, exit_code: Exit = Exit.INPUT) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[type[DlpipeError], tuple[str, str, Exit]]:
        """What makes it again in another process."""
        return type(self), (self.problem, self.fix, self.exit_code)


def nearest(word: str, known: Iterable[str]) -> str:
    """Words after an unknown name: the nearest known spelling, or all that is known."""
    known = sorted(known)
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(known)}" if known else "none are known here"
