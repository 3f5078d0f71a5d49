"""Pictures without a single sharp edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.score import falling
from dlpipe.clean.views import CALM_STEPS, LEAST_PX, calm_grey, grey_cumulative, high_quantile, quantile

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

_LIMIT = 0.04
"""An edge blurred by 1.2 % of the side falls below (0.242 / (1 + 2.25²) at 192 px), so do photos of 640 px under a Gaussian
of 9 px. The softest photo of elpv is at 0.066; a clear sky and nothing else may be below, for it has no edge."""

_NOISE = 4
"""Grey levels added to the contrast, so that the noise of a flat picture is not taken for an edge."""


class Blurry(Check):
    """Pictures without a single sharp edge, measured at 192 px and relative to their contrast.

    The measure is the strongest response of the Laplacian of a Gaussian of 1 px (Marr and Hildreth, 1980; 99.9th
    percentile) over the picture's contrast (1st to 99th percentile): a sharp subject before a soft background is sharp,
    and neither noise nor rounding is taken for an edge. Score 0.5 at 0.04.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    least_px: ClassVar[int | None] = LEAST_PX

    def look(self, sample: Sample) -> float:
        """How sharp the sharpest edges are; about 0.2 in a sharp photo."""
        import cv2

        values = grey_cumulative(sample)
        contrast = quantile(values, 0.99) - quantile(values, 0.01)
        calm = calm_grey(sample).astype(np.float32)  # as exact as int16, and OpenCV is quicker
        edges = np.asarray(cv2.Laplacian(calm, cv2.CV_32F))
        return high_quantile(np.abs(edges), 0.999) / CALM_STEPS / (contrast + _NOISE)

    def judge(self, seen: Seen) -> Finding:
        looks = np.array(seen.looks, dtype=np.float64)
        reasons = [f"its sharpest edges have {look:.0%} of its contrast" if look < 2 * _LIMIT else "" for look in looks]
        return Finding(falling(looks, _LIMIT), reasons)
