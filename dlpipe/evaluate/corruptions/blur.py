"""A lens out of focus."""

from __future__ import annotations

from typing import Any, ClassVar

from dlpipe.evaluate.corruptions import Corruption, Strengths, library, pixels, strengths


class Blur(Corruption):
    """Gaussian blur, as of a lens out of focus."""

    bounds: ClassVar[tuple[float, float]] = (0.1, 30)

    strengths: Strengths = strengths(
        0.8, 1.2, 1.8, 2.6, 3.6, what="Standard deviation in px of a picture of 224 px", low=bounds[0], high=bounds[1]
    )

    def transform(self, strength: float, size: tuple[int, int]) -> Any:
        sigma = pixels(strength, size)
        return library().GaussianBlur(sigma_limit=(sigma, sigma), blur_limit=0, p=1)
