"""Files whose name promises another format than they hold."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.told import told


class WrongName(Check):
    """Pictures whose file name promises another format than the content has: decoded by content, and reported."""

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    looks_at_samples: ClassVar[bool] = False

    sets_aside: bool = Field(default=False, description="Whether a sample with this issue leaves the table.")

    def judge(self, seen: Seen) -> Finding:
        def reason(agrees: bool, found: str) -> str:
            return "" if agrees else f"its name promises another format than {found}, which it holds"

        return told(seen, ["name_agrees", "format"], reason)
