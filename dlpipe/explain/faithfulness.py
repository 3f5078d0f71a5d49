"""Whether a map shows what the model's answer rests on: places are taken away, or given, in its order.

Petsiuk et al., RISE: Randomized Input Sampling for Explanation of Black-box Models, BMVC 2018. Beside it maps of chance,
since a model that loses its answer wherever something is taken away makes every map look good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.explain.occlusion import mean_colour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.predictor import Predictor

_STEPS = 10
_CELLS = 16
"""Places along a side: finer ones make patterns that no picture has."""
_CHANCES = 3
"""Maps of chance for each picture."""


@dataclass(frozen=True)
class Faithful:
    """Areas under the curves of the explained class's probability, a row a picture."""

    deletion: NDArray[Any]
    """Shape (n,): lower is better, the answer goes when what it rests on goes."""
    insertion: NDArray[Any]
    """Shape (n,): higher is better."""
    chance_deletion: NDArray[Any]
    """Shape (n,): the same by maps of chance, averaged."""
    chance_insertion: NDArray[Any]

    @property
    def gain(self) -> NDArray[Any]:
        """How much better than chance, both curves together: 0 is no better. Shape (n,)."""
        return (self.insertion - self.chance_insertion) + (self.chance_deletion - self.deletion)


def measure(
    predictor: Predictor, encoded: NDArray[Any], maps: NDArray[Any], targets: NDArray[Any], seed: int
) -> Faithful:
    """Deletion and insertion of n pictures; arguments as those of `dlpipe.explain.maps.maps`, and its result."""
    random = np.random.default_rng(seed)
    rows = [
        _one(predictor, picture, ranked, int(target), random)
        for picture, ranked, target in zip(encoded, maps, targets, strict=True)
    ]
    found = np.array(rows).reshape(len(encoded), 4)
    return Faithful(*found.T)


def _one(
    predictor: Predictor, picture: NDArray[Any], ranked: NDArray[Any], target: int, random: np.random.Generator
) -> list[float]:
    orders = [_order(ranked)] + [random.permutation(_CELLS**2) for _ in range(_CHANCES)]
    pictures = np.concatenate([_curve(picture, order) for order in orders])
    answers = predictor.scores(pictures).probabilities[:, target].reshape(len(orders), 2, _STEPS + 1)
    areas = np.trapezoid(answers, dx=1 / _STEPS, axis=2)
    return [areas[0, 0], areas[0, 1], areas[1:, 0].mean(), areas[1:, 1].mean()]


def _order(ranked: NDArray[Any]) -> NDArray[Any]:
    """Places from the most to the least important; equal ones from the top left on."""
    import cv2

    small = cv2.resize(np.ascontiguousarray(ranked), (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    return np.argsort(-np.asarray(small).ravel().round(9), kind="stable")


def _curve(picture: NDArray[Any], order: NDArray[Any]) -> NDArray[Any]:
    """(2 * steps, C, H, W): the picture with ever more taken away, then nothing with ever more given."""
    height, width = picture.shape[1:]
    rank = np.empty(_CELLS**2, np.intp)
    rank[order] = np.arange(order.size)
    rows, columns = np.arange(height) * _CELLS // height, np.arange(width) * _CELLS // width
    at = rank[rows[:, None] * _CELLS + columns[None, :]]
    nothing = np.broadcast_to(mean_colour(picture), picture.shape)
    bounds = np.round(np.linspace(0, order.size, _STEPS + 1))
    deleted = [np.where(at < bound, nothing, picture) for bound in bounds]
    inserted = [np.where(at < bound, picture, nothing) for bound in bounds]
    return np.stack([*deleted, *inserted])
