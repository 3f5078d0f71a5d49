"""A flat picture."""

from __future__ import annotations

from typing import Any, ClassVar

from dlpipe.evaluate.corruptions import Corruption, Strengths, library, strengths


class Contrast(Corruption):
    """Less contrast: every pixel comes nearer to the picture's middle."""

    bounds: ClassVar[tuple[float, float]] = (0, 1)

    strengths: Strengths = strengths(
        0.2, 0.35, 0.5, 0.65, 0.8, what="Share of contrast that is lost", low=bounds[0], high=bounds[1]
    )

    def transform(self, strength: float, size: tuple[int, int]) -> Any:  # noqa: ARG002 - the kind's signature
        return library().RandomBrightnessContrast(brightness_limit=(0, 0), contrast_limit=(-strength, -strength), p=1)
