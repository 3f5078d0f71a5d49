"""Pictures whose size is far from that of the others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.spread import oddity

_LIMIT = np.log(4)
"""Where pictures are of one size: four times as large or as small."""


class OddSize(Check):
    """Pictures far larger or smaller than most: thumbnails among photos.

    The side (square root of the area) is compared with its median. Score 0.5 where it is 4 times as much or as little, or
    three quartile ranges away where pictures differ more than that anyway. `odd_aspect` looks at shapes.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    looks_at_samples: ClassVar[bool] = False

    def judge(self, seen: Seen) -> Finding:
        if not seen.samples.height:
            return Finding(np.zeros(0), [])
        width = seen.facts["width"].to_numpy().astype(np.float64)
        height = seen.facts["height"].to_numpy().astype(np.float64)
        scores = oddity(np.log(width * height) / 2, _LIMIT)
        usual = f"{np.median(width):.0f} x {np.median(height):.0f}"
        reasons = [
            f"{wide:.0f} x {high:.0f} where {usual} is usual" if score >= self.threshold else ""
            for wide, high, score in zip(width, height, scores, strict=True)
        ]
        return Finding(scores, reasons)
