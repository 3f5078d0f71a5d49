"""A camera held askew."""

from __future__ import annotations

from typing import Any, ClassVar

from dlpipe.evaluate.corruptions import Corruption, Strengths, library, strengths


class Rotation(Corruption):
    """Turned left or right, by chance; corners are filled with what the edge mirrors."""

    bounds: ClassVar[tuple[float, float]] = (0, 180)

    strengths: Strengths = strengths(3, 6, 12, 20, 30, what="Degrees", low=bounds[0], high=bounds[1])

    def transform(self, strength: float, size: tuple[int, int]) -> Any:  # noqa: ARG002 - the kind's signature
        made = library()
        both = [made.Affine(rotate=(angle, angle), border_mode=2, p=1) for angle in (-strength, strength)]
        return made.OneOf(both, p=1)
