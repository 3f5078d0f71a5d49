"""How a stage's process ends: with its parent, and with an exit code that means something."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING

from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from types import FrameType

_PR_SET_PDEATHSIG = 1


class Stopped(BaseException):
    """A signal asked this process to end; raised in the main thread so that drafts are removed on the way out.

    Not KeyboardInterrupt, which libraries on the way swallow or turn into exit code 1.
    """

    def __init__(self, exit_code: Exit) -> None:
        super().__init__(exit_code.name.lower())
        self.exit_code = exit_code


def end_with_parent() -> None:
    """Has the kernel kill this process when its parent dies, so that no training outlives `dvc repro`.

    Linux only (prctl(2), PR_SET_PDEATHSIG); elsewhere it does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


_MEANING = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}
if hasattr(signal, "SIGHUP"):  # Windows has none, and is refused below, not here
    _MEANING[signal.SIGHUP] = Exit.TERMINATED


def raise_on_signals() -> None:
    """Turns the first SIGINT, SIGTERM or SIGHUP into `Stopped`; a second one ends the process at once.

    A signal that the caller had this process ignore (`nohup`, a script's background job) stays ignored.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        for known in _MEANING:
            if signal.getsignal(known) is not signal.SIG_IGN:
                signal.signal(known, signal.SIG_DFL)
        raise Stopped(_MEANING[signal.Signals(number)])

    for known in _MEANING:
        if signal.getsignal(known) is not signal.SIG_IGN:
            signal.signal(known, stop)


def refuse_windows() -> None:
    """Ends with one sentence where the promises of dlpipe cannot be kept.

    Raises:
        DlpipeError: this is Windows.
    """
    if sys.platform == "win32":
        raise DlpipeError("dlpipe does not run on Windows", "use Linux, macOS or WSL 2", Exit.ENVIRONMENT)
