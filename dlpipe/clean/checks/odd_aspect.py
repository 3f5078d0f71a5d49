"""Pictures whose shape is far from that of the others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.spread import oddity

_LIMIT = np.log(2.5)
"""Where pictures are of one shape: long side to short side 2.5 times as much or as little."""


class OddAspect(Check):
    """Pictures far longer or squarer than most: strips, banners, screenshots.

    Long side over short side is compared with its median, so portrait among landscape is not odd. Score 0.5 where it is
    2.5 times as much or as little, or three quartile ranges away where pictures differ more than that anyway.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    looks_at_samples: ClassVar[bool] = False

    def judge(self, seen: Seen) -> Finding:
        if not seen.samples.height:
            return Finding(np.zeros(0), [])
        width = seen.facts["width"].to_numpy().astype(np.float64)
        height = seen.facts["height"].to_numpy().astype(np.float64)
        shape = np.abs(np.log(width / height))
        usual = np.exp(np.median(shape))
        scores = oddity(shape, _LIMIT)
        reasons = [
            f"its sides are {np.exp(own):.1f} : 1 where {usual:.1f} : 1 is usual" if score >= self.threshold else ""
            for own, score in zip(shape, scores, strict=True)
        ]
        return Finding(scores, reasons)
