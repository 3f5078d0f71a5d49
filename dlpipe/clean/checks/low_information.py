"""Pictures that hold next to nothing: blank scans, covered lenses, single colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.score import falling
from dlpipe.clean.views import LEAST_PX, grey_counts

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

_LIMIT = 0.8
"""Bits. A page full of words has 1.2, a blank one with a line of them 0.05; photos more than 6, the emptiest of elpv 3.7."""


class LowInformation(Check):
    """Pictures whose pixels are nearly all of one brightness, dark, bright or between.

    The measure is the entropy of the brightness at 192 px (Shannon, 1948), in bits: 0 for one value, 8 at most. Score 0.5
    at 0.8 bits. Strong sensor noise passes for information: what a covered lens gives is found by `dark`.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    least_px: ClassVar[int | None] = LEAST_PX

    def look(self, sample: Sample) -> float:
        """Bits a pixel."""
        found = grey_counts(sample)
        share = found[found > 0] / found.sum()
        return float(-(share * np.log2(share)).sum()) + 0.0  # no negative zero

    def judge(self, seen: Seen) -> Finding:
        looks = np.array(seen.looks, dtype=np.float64)
        reasons = [
            f"nearly all of it has one brightness ({look:.2f} bits a pixel)" if look < 2 * _LIMIT else ""
            for look in looks
        ]
        return Finding(falling(looks, _LIMIT), reasons)
