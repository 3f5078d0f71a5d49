"""A camera or an object that moves."""

from __future__ import annotations

from typing import Any, ClassVar

from dlpipe.evaluate.corruptions import Corruption, Strengths, library, odd, pixels, strengths


class MotionBlur(Corruption):
    """Blur along a line of any direction, as of a camera that moves."""

    bounds: ClassVar[tuple[float, float]] = (3, 101)

    strengths: Strengths = strengths(
        5, 8, 11, 15, 20, what="Length in px of a picture of 224 px", low=bounds[0], high=bounds[1]
    )

    def transform(self, strength: float, size: tuple[int, int]) -> Any:
        length = odd(pixels(strength, size))
        return library().MotionBlur(blur_limit=(length, length), allow_shifted=False, direction_range=(0, 0), p=1)
