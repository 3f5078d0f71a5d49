"""Pictures that were sent or stored small."""

from __future__ import annotations

from typing import Any, ClassVar

from dlpipe.evaluate.corruptions import Corruption, Strengths, library, strengths


class Jpeg(Corruption):
    """Compressed as JPEG and decoded again."""

    bounds: ClassVar[tuple[float, float]] = (1, 100)

    strengths: Strengths = strengths(50, 30, 20, 12, 7, what="Quality", low=bounds[0], high=bounds[1])

    def transform(self, strength: float, size: tuple[int, int]) -> Any:  # noqa: ARG002 - the kind's signature
        quality = round(strength)
        return library().ImageCompression(quality_range=(quality, quality), p=1)
