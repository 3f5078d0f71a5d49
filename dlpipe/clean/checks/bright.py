"""Pictures in which nothing can be seen because all of it is white."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.score import falling
from dlpipe.clean.views import LEAST_PX, darkest_cumulative, quantile

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

_LIMIT = 0.0937
"""Below full brightness: in sRGB 80 % of full light, as much as white paper gives back. Photos of nothing but bright sky
are at 0.14."""


class Bright(Check):
    """White pictures: even their darkest parts are overexposed.

    The measure is how far the 1st percentile of each pixel's darkest channel, at 192 px, is below full brightness; the
    score is 0.5 where it is 0.094, which is 80 % of full light. What is only pale is not white.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    least_px: ClassVar[int | None] = LEAST_PX

    def look(self, sample: Sample) -> float:
        """Brightness, 0 to 1, that 99 % of the pixels reach in every channel."""
        return quantile(darkest_cumulative(sample), 0.01) / 255

    def judge(self, seen: Seen) -> Finding:
        looks = np.array(seen.looks, dtype=np.float64)
        reasons = [f"99 % of it is brighter than {look:.0%}" if 1 - look < 2 * _LIMIT else "" for look in looks]
        return Finding(falling(1 - looks, _LIMIT), reasons)
