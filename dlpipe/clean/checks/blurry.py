"""Pictures without a single sharp edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.score import falling
from dlpipe.clean.views import LEAST_PX, counts, grey_counts, quantile, small_grey

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

_LEVELS = 1024
"""A Laplacian of 8-bit values is 1020 at most."""

_LIMIT = 0.075
"""Photos of 640 px blurred by a Gaussian of 6 px or more fall below; the softest photos of elpv are at 0.08."""

_NOISE = 4
"""Grey levels added to the contrast, so that the noise of a flat picture is not taken for an edge."""


class Blurry(Check):
    """Pictures without a single sharp edge, measured at 192 px and relative to their contrast.

    The measure is the strongest response of the Laplacian (99.9th percentile) over the picture's contrast (1st to 99th
    percentile): a sharp subject before a soft background is sharp. Score 0.5 at 0.075.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    least_px: ClassVar[int | None] = LEAST_PX

    def look(self, sample: Sample) -> float:
        """How sharp the sharpest edges are; about 1 in a sharp photo."""
        import cv2

        values = grey_counts(sample)
        contrast = quantile(values, 0.99) - quantile(values, 0.01)
        edges = np.abs(np.asarray(cv2.Laplacian(small_grey(sample), cv2.CV_16S))).view(np.uint16)
        return quantile(counts(edges, _LEVELS), 0.999) / (contrast + _NOISE)

    def judge(self, seen: Seen) -> Finding:
        looks = np.array(seen.looks, dtype=np.float64)
        reasons = [f"its sharpest edges have {look:.0%} of its contrast" if look < 2 * _LIMIT else "" for look in looks]
        return Finding(falling(looks, _LIMIT), reasons)
