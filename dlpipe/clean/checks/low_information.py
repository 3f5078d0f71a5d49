"""Pictures that hold next to nothing: blank scans, covered lenses, single colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.score import falling
from dlpipe.clean.views import CALM_STEPS, LEAST_PX, calm_grey, counts

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

Array = np.ndarray[Any, Any]

_LIMIT = 1.0
"""Bits: two tones. A page full of words has 1.9, a blank one with a line of them 0.09; photos 3 and more, the emptiest of
elpv 2.1."""

_WIDTH = 2
"""Grey levels that count as one brightness: as far as noise of two levels still reaches in `calm_grey`."""


class LowInformation(Check):
    """Pictures whose pixels are nearly all of one brightness, dark, bright or between.

    The measure is the entropy of the brightness at 192 px (Shannon, 1948), in bits: 0 for one value, 7 at most. Pixels are
    smoothed by 1 px and told apart by two levels, so that noise of two levels is no information; of stronger noise
    what a covered lens gives is found by `dark`. Score 0.5 at 1 bit.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    least_px: ClassVar[int | None] = LEAST_PX

    def look(self, sample: Sample) -> float:
        """Bits a pixel: the fewer of two ways to draw the line between levels, for one tone may lie on it."""
        found, half = counts((calm_grey(sample) // CALM_STEPS).astype(np.uint8), 256), np.zeros(_WIDTH // 2)
        return min(_bits(found), _bits(np.concatenate([half, found, half])))

    def judge(self, seen: Seen) -> Finding:
        looks = np.array(seen.looks, dtype=np.float64)
        reasons = [
            f"nearly all of it has one brightness ({look:.2f} bits a pixel)" if look < 2 * _LIMIT else ""
            for look in looks
        ]
        return Finding(falling(looks, _LIMIT), reasons)


def _bits(found: Array) -> float:
    """Entropy of how often each level occurs, `_WIDTH` of them together."""
    wide = found.reshape(-1, _WIDTH).sum(axis=1)
    share = wide[wide > 0] / wide.sum()
    return float(-(share * np.log2(share)).sum()) + 0.0  # no negative zero
