"""Pictures in which nothing can be seen because all of it is black."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.score import falling
from dlpipe.clean.views import LEAST_PX, brightest_cumulative, quantile

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

_LIMIT = 0.1517
"""Of full brightness: in sRGB 2 % of full light, as much as black ink on paper gives back. Real dim photos stay above
(elpv's darkest dead cell, which is what that data set looks for, just so; the next ones are far)."""


class Dark(Check):
    """Black pictures: even their brightest parts are dark.

    The measure is the 99th percentile of each pixel's brightest channel at 192 px; the score is 0.5 where that is 2 % of
    full light (0.15 of full brightness).
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    least_px: ClassVar[int | None] = LEAST_PX

    def look(self, sample: Sample) -> float:
        """Brightness, 0 to 1, that 99 % of the pixels do not exceed in any channel."""
        return quantile(brightest_cumulative(sample), 0.99) / 255

    def judge(self, seen: Seen) -> Finding:
        looks = np.array(seen.looks, dtype=np.float64)
        reasons = [
            f"99 % of it is darker than {look:.0%} of full brightness" if look < 2 * _LIMIT else "" for look in looks
        ]
        return Finding(falling(looks, _LIMIT), reasons)
