"""Grey pictures among coloured ones, and coloured ones among grey."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.score import falling
from dlpipe.clean.views import LEAST_PX, cumulative, is_stored_grey, quantile, tiny_spread

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

_COLOURED = 12.0
"""Levels between a pixel's channels. Grey photos saved as colour JPEG (quality 30) stay below 6, sepia is above 20."""

_SHARE = 0.05
"""Of all pictures: what is rarer is odd."""


class OddColour(Check):
    """Grey pictures where nearly all are coloured, coloured ones where nearly all are grey: another camera, another source.

    A picture is coloured if 1 % of its pixels differ by 12 levels or more between channels, at 64 px. Score 0.5 where 5 %
    of all pictures are of its kind.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    least_px: ClassVar[int | None] = LEAST_PX

    sets_aside: bool = Field(default=False, description="Whether a sample with this issue leaves the table.")

    def look(self, sample: Sample) -> int:
        """Levels between the channels that 1 % of the pixels reach."""
        return 0 if is_stored_grey(sample) else quantile(cumulative(tiny_spread(sample), 256), 0.99)

    def judge(self, seen: Seen) -> Finding:
        coloured = np.array(seen.looks, dtype=np.float64) >= _COLOURED
        share = coloured.mean() if len(coloured) else 0.0
        own = np.where(coloured, share, 1 - share)
        words = {True: "coloured where {:.1%} are grey", False: "grey where {:.1%} are coloured"}
        scores = falling(own, _SHARE)
        reasons = [
            words[bool(is_coloured)].format(1 - part) if score >= self.threshold else ""
            for is_coloured, part, score in zip(coloured, own, scores, strict=True)
        ]
        return Finding(scores, reasons)
