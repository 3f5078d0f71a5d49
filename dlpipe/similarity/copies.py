"""All pairs of pictures that may be copies of one another, as they are or mirrored, with their likeness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.similarity.hashes import pairs_within
from dlpipe.similarity.pictures import RADIUS, likeness, upright

if TYPE_CHECKING:
    from dlpipe.similarity.pictures import Prints

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Pairs:
    """Pairs of pictures i < j, each once, sorted."""

    i: Array
    j: Array
    likeness: Array
    """Shape (k,) in [0, 1]; a copy comes within 0.001 of 1."""
    mirrored: Array
    """Shape (k,) bool: they are more alike when one is flipped."""


def alike(pictures: Prints) -> Pairs:
    """All pairs whose hashes are near, as they are or flipped to stand alike; pixels say how alike they are."""
    plain_i, plain_j = pairs_within(pictures.hashes, RADIUS)
    stood, turned = upright(pictures)
    i, j = pairs_within(stood.hashes, RADIUS)
    flipped = turned[i] != turned[j]
    i, j = i[flipped], j[flipped]
    values = np.concatenate([likeness(pictures, plain_i, plain_j), likeness(stood, i, j)])
    mirrored = np.repeat([False, True], [len(plain_i), len(i)])
    i, j = np.concatenate([plain_i, i]), np.concatenate([plain_j, j])
    order = np.lexsort((mirrored, -values, j, i))
    first = order[np.append(True, (np.diff(i[order]) != 0) | (np.diff(j[order]) != 0))[: len(order)]]
    return Pairs(i[first], j[first], values[first], mirrored[first])
