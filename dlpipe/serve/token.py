"""The secret that clients of a reachable server must know."""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING

from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from pathlib import Path

_NUM_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def token(path: Path) -> tuple[str, bool]:
    """The token of this project and whether it was made just now: 256 random bits, readable by its owner alone.

    Raises:
        DlpipeError: the file holds something else, or others can read it (exit 5).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(_NUM_BYTES)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept(path), False
    with os.fdopen(handle, "w") as file:
        file.write(made + "\n")
    return made, True


def _kept(path: Path) -> str:
    found = path.read_text(encoding="utf-8", errors="replace").strip()
    open_to_others = path.stat().st_mode & 0o077
    if open_to_others or not _TOKEN.fullmatch(found):
        what = "can be read by others" if open_to_others else "does not hold a token that dlpipe made"
        raise DlpipeError(f"{path} {what}", f"remove {path}; the next start makes a new one", Exit.INTEGRITY)
    return found
