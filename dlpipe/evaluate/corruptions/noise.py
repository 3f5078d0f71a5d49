"""Noise of a sensor in the dark."""

from __future__ import annotations

from typing import Any, ClassVar

from dlpipe.evaluate.corruptions import Corruption, Strengths, library, strengths


class Noise(Corruption):
    """Noise of a normal distribution in every pixel, the same in all colours."""

    bounds: ClassVar[tuple[float, float]] = (0, 1)

    strengths: Strengths = strengths(
        0.04, 0.06, 0.08, 0.12, 0.18, what="Standard deviation as a share of the range", low=bounds[0], high=bounds[1]
    )

    def transform(self, strength: float, size: tuple[int, int]) -> Any:  # noqa: ARG002 - the kind's signature
        return library().GaussNoise(std_range=(strength, strength), per_channel=False, p=1)
