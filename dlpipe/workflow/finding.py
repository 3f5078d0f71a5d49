"""One thing that `dlpipe doctor` looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """`missing` stops dlpipe, `weak` only makes it slower or less safe; `fix` is what mends it."""

    what: str
    state: Literal["ok", "weak", "missing"]
    says: str
    fix: str = ""
