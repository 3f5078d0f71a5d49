"""Animations and files of several pages."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.told import told


class SeveralFrames(Check):
    """Files with several frames or pages, of which only the first is used."""

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    looks_at_samples: ClassVar[bool] = False

    sets_aside: bool = Field(default=False, description="Whether a sample with this issue leaves the table.")

    def judge(self, seen: Seen) -> Finding:
        return told(seen, ["several_frames"], lambda several: "only the first of its frames is used" if several else "")
