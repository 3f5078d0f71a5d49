"""A camera of few pixels."""

from __future__ import annotations

from typing import Any, ClassVar

from dlpipe.evaluate.corruptions import Corruption, Strengths, library, strengths


class Pixelate(Corruption):
    """Shrunk and stretched again, as by a camera of few pixels."""

    bounds: ClassVar[tuple[float, float]] = (0.02, 1)

    strengths: Strengths = strengths(
        0.6, 0.5, 0.4, 0.3, 0.2, what="Share of width and height that is left", low=bounds[0], high=bounds[1]
    )

    def transform(self, strength: float, size: tuple[int, int]) -> Any:  # noqa: ARG002 - the kind's signature
        return library().Downscale(scale_range=(strength, strength), p=1)
