"""Pictures whose size or shape is far from that of the others."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.score import rising

Array = np.ndarray[Any, Any]

_SIZE = np.log(4)
"""Where pictures are of one size: four times as large or as small."""

_SHAPE = np.log(2.5)
"""Where pictures are of one shape: long side to short side 2.5 times as much or as little."""

_SPREADS = 3


class OddSize(Check):
    """Pictures far larger, smaller, longer or squarer than most.

    Side (square root of the area) and long side over short side are compared with their medians as ratios. Score 0.5
    where the ratio is 4 (side) or 2.5 (shape), or three quartile ranges where pictures differ more than that anyway.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    looks_at_samples: ClassVar[bool] = False

    def judge(self, seen: Seen) -> Finding:
        if not seen.samples.height:
            return Finding(np.zeros(0), [])
        width = seen.facts["width"].to_numpy().astype(np.float64)
        height = seen.facts["height"].to_numpy().astype(np.float64)
        size = _odd(np.log(width * height) / 2, _SIZE)
        shape = _odd(np.abs(np.log(width / height)), _SHAPE)
        scores = np.maximum(size, shape)
        usual = f"{np.median(width):.0f} x {np.median(height):.0f}"
        reasons = [
            f"{wide:.0f} x {high:.0f} where {usual} is usual" if score >= self.threshold else ""
            for wide, high, score in zip(width, height, scores, strict=True)
        ]
        return Finding(scores, reasons)


def _odd(logarithm: Array, limit: float) -> Array:
    low, middle, high = np.percentile(logarithm, (25, 50, 75))
    return rising(np.abs(logarithm - middle), max(limit, _SPREADS * (high - low)))
