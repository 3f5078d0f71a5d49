"""Pictures without a single sharp edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.quantiles import quantile
from dlpipe.clean.score import falling

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

_SIDE_PX = 192
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

    def look(self, sample: Sample) -> float:
        """How sharp the sharpest edges are; about 1 in a sharp photo."""
        import cv2

        grey = _small(cv2.cvtColor(sample.value, cv2.COLOR_RGB2GRAY))
        contrast = quantile(grey, 0.99) - quantile(grey, 0.01)
        edges = np.abs(np.asarray(cv2.Laplacian(grey, cv2.CV_16S))).astype(np.uint16)
        return quantile(edges, 0.999) / (contrast + _NOISE)

    def judge(self, seen: Seen) -> Finding:
        looks = np.array(seen.looks, dtype=np.float64)
        reasons = [f"its sharpest edges have {look:.0%} of its contrast" if look < 2 * _LIMIT else "" for look in looks]
        return Finding(falling(looks, _LIMIT), reasons)


def _small(grey: Any) -> Any:
    """At most 192 px wide and high: blur that no network sees is none, and grain is averaged away."""
    import cv2

    factor = _SIDE_PX / max(grey.shape)
    return grey if factor >= 1 else cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
