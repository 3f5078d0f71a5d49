"""Fog between camera and object."""

from __future__ import annotations

from typing import Any, ClassVar

from dlpipe.evaluate.corruptions import Corruption, Strengths, library, strengths


class Fog(Corruption):
    """Fog before the picture; takes long, so only where it is asked for."""

    by_default: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0, 1)

    strengths: Strengths = strengths(0.2, 0.3, 0.4, 0.55, 0.7, what="Density", low=bounds[0], high=bounds[1])

    def transform(self, strength: float, size: tuple[int, int]) -> Any:  # noqa: ARG002 - the kind's signature
        return library().RandomFog(fog_coef_range=(strength, strength), p=1)
