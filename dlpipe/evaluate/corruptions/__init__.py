"""What happens to pictures out there: noise, blur, compression, light, weather, another angle. Five strengths each.

After Hendrycks and Dietterich, Benchmarking Neural Network Robustness to Common Corruptions and Perturbations, ICLR
2019; their strengths are for pictures of 224 px, and so are these: what is given in pixels grows with the picture.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, PrivateAttr

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    import numpy as np

LEVELS = (1, 2, 3, 4, 5)
"""From hardly visible to hardly recognisable."""

Strengths = tuple[float, float, float, float, float]

_REFERENCE_PX = 224


def strengths(*values: float, what: str, low: float, high: float) -> Any:
    """The setting `strengths` of a corruption: its default, and what the numbers mean."""
    return Field(default=values, description=f"{what}, mildest first; each from {low:g} to {high:g}.")


class Corruption(Plugin, package="dlpipe.evaluate.corruptions"):
    """A way in which samples get worse without becoming something else."""

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    """Names of modalities whose samples it can change."""
    by_default: ClassVar[bool] = True
    """Whether it is measured where the pipeline does not say which are: quick, and at home in most data."""
    bounds: ClassVar[tuple[float, float]]
    """Smallest and largest strength that makes sense."""

    strengths: Strengths

    _made: dict[Any, Any] = PrivateAttr(default_factory=dict[Any, Any])

    def model_post_init(self, _context: Any, /) -> None:
        """Refuses strengths out of bounds."""
        low, high = self.bounds
        if not all(low <= strength <= high for strength in self.strengths):
            raise ValueError(f"strengths go from {low:g} to {high:g}")

    @abstractmethod
    def transform(self, strength: float, size: tuple[int, int]) -> Any:
        """The transform of albumentations that makes it, always applied, for a picture of this (height, width)."""

    def corrupt(self, picture: np.ndarray[Any, Any], level: int, seed: int) -> np.ndarray[Any, Any]:
        """A worse picture. (H, W, 3) uint8 → (H', W', 3) uint8.

        Args:
            picture: Left as it is.
            level: 1 to 5.
            seed: The same seed gives the same picture, on every machine.
        """
        made = self.transform(self.strengths[level - 1], (picture.shape[0], picture.shape[1]))
        made.set_random_seed(seed)
        return made(image=picture)["image"]


def library() -> Any:
    """Albumentations, which would otherwise ask the network for a newer version when it is imported."""
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    import albumentations

    return albumentations


def pixels(strength: float, size: tuple[int, int]) -> float:
    """A length that is given for pictures of 224 px, in a picture of this (height, width)."""
    return strength * min(size) / _REFERENCE_PX


def odd(length: float) -> int:
    """The nearest odd number from 3: sizes of kernels."""
    return max(3, 2 * round((length - 1) / 2) + 1)
