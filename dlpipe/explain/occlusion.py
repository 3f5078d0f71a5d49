"""Where any exported model looks: what its answer loses when a part of the picture is covered. No gradients, no torch.

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.predictor import Predictor

GRID = 8
"""Places along a side; a cover is two of them wide, so that neighbours overlap."""


def maps(predictor: Predictor, encoded: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
    """How much of a class's probability each place carries; covers are of the picture's mean colour.

    Arguments and result are those of `dlpipe.explain.maps.maps`.
    """
    return np.stack([_map(predictor, one, int(target)) for one, target in zip(encoded, targets, strict=True)])


def _map(predictor: Predictor, picture: NDArray[Any], target: int) -> NDArray[Any]:
    height, width = picture.shape[1:]
    rows, columns = (np.linspace(0, side, GRID + 1).astype(int) for side in (height, width))
    covers = [
        (slice(rows[max(row - 1, 0)], rows[row + 1]), slice(columns[max(column - 1, 0)], columns[column + 1]))
        for row in range(GRID)
        for column in range(GRID)
    ]
    covered = np.repeat(picture[None], len(covers) + 1, axis=0)
    for one, (down, across) in zip(covered, covers, strict=False):
        one[:, down, across] = mean_colour(picture)
    answers = predictor.scores(covered).probabilities[:, target]
    lost = np.zeros((height, width))
    count = np.zeros((height, width))
    for answer, (down, across) in zip(answers, covers, strict=False):
        lost[down, across] += max(float(answers[-1] - answer), 0)
        count[down, across] += 1
    lost /= count
    return lost / lost.max() if lost.max() > 0 else lost


def mean_colour(picture: NDArray[Any]) -> NDArray[Any]:
    """(C, H, W) uint8 → (C, 1, 1) uint8: what stands for "nothing" without being a shape of its own."""
    return np.round(picture.mean(axis=(1, 2), keepdims=True)).astype(np.uint8)
