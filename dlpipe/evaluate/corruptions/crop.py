"""A camera too near."""

from __future__ import annotations

from typing import Any, ClassVar

from dlpipe.evaluate.corruptions import Corruption, Strengths, library, strengths


class Crop(Corruption):
    """A part of the picture from anywhere in it, as by a camera too near."""

    bounds: ClassVar[tuple[float, float]] = (0.1, 1)

    strengths: Strengths = strengths(
        0.95, 0.9, 0.8, 0.7, 0.6, what="Share of width and height that is left", low=bounds[0], high=bounds[1]
    )

    def transform(self, strength: float, size: tuple[int, int]) -> Any:
        height, width = (max(1, round(strength * side)) for side in size)
        return library().RandomCrop(height, width, p=1)
