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

    def __post_init__(self) -> None:
        if self.state != "ok" and not self.fix:
            raise ValueError(f"{self.what} is {self.state} and nothing is said that mends it")
