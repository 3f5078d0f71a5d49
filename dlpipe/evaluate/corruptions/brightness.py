"""Other light."""

from __future__ import annotations

from typing import Any, ClassVar

from dlpipe.evaluate.corruptions import Corruption, Strengths, library, strengths


class Brightness(Corruption):
    """Brighter or darker, by chance."""

    bounds: ClassVar[tuple[float, float]] = (0, 1)

    strengths: Strengths = strengths(
        0.1, 0.2, 0.3, 0.4, 0.5, what="Share of the range that is added or taken", low=bounds[0], high=bounds[1]
    )

    def transform(self, strength: float, size: tuple[int, int]) -> Any:  # noqa: ARG002 - the kind's signature
        limits = (-strength, -strength), (strength, strength)
        made = library()
        both = [made.RandomBrightnessContrast(brightness_limit=limit, contrast_limit=(0, 0), p=1) for limit in limits]
        return made.OneOf(both, p=1)
