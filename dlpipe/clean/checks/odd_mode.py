"""Pictures that are no plain 8-bit grey or colour."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.told import told


class OddMode(Check):
    """Pictures that are converted before anybody sees them: CMYK, 16 bits, transparency; the reason says how.

    Training, evaluation and serving convert alike: 16 bits are scaled, transparent pixels lie over white, CMYK is turned into
    RGB without its profile.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    looks_at_samples: ClassVar[bool] = False

    sets_aside: bool = Field(default=False, description="Whether a sample with this issue leaves the table.")

    def judge(self, seen: Seen) -> Finding:
        return told(seen, ["mode", "transparent"], _reason)


def _reason(mode: str, transparent: bool) -> str:
    if mode == "CMYK":
        return "CMYK, converted to RGB without its colour profile"
    if mode.startswith("I;16"):
        return "16-bit grey, scaled to 8 bits"
    return f"transparent ({mode}), laid over white" if transparent else ""
