"""Rain before the camera."""

from __future__ import annotations

from typing import Any, ClassVar

from dlpipe.evaluate.corruptions import Corruption, Strengths, library, pixels, strengths


class Rain(Corruption):
    """Streaks of rain and a darker day; only where it is asked for."""

    by_default: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0, 1)

    strengths: Strengths = strengths(
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
        what="Share of brightness that is lost, and with it the kind of rain",
        low=bounds[0],
        high=bounds[1],
    )

    def transform(self, strength: float, size: tuple[int, int]) -> Any:
        kinds = ("drizzle", "default", "heavy", "torrential")
        kind = kinds[min(int(strength * 8), len(kinds) - 1)]
        width = max(1, round(pixels(1, size)))
        return library().RandomRain(brightness_coefficient=1 - strength, rain_type=kind, drop_width=width, p=1)
