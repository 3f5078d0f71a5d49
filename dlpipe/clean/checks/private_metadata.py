"""Pictures whose files tell of people and places."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.told import told


class PrivateMetadata(Check):
    """Pictures whose metadata hold a GPS position, a serial number or a person's name: reported, for data that are passed on.

    The values are not shown. Networks never see them; `exiftool -all= FILES` takes them out of the files.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    looks_at_samples: ClassVar[bool] = False

    sets_aside: bool = Field(default=False, description="Whether a sample with this issue leaves the table.")

    def judge(self, seen: Seen) -> Finding:
        return told(seen, ["private"], lambda private: f"its metadata hold: {private}" if private else "")
