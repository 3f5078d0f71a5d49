"""All pairs of pictures that may be copies of one another, as they are, mirrored, cropped or turned, with their likeness."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.similarity.hashes import pairs_within
from dlpipe.similarity.moves import candidates, weights_of_moves
from dlpipe.similarity.pictures import RADIUS, UNLIKENESS, likeness, upright
from dlpipe.similarity.promise import promising
from dlpipe.similarity.registration import MOVED_UNLIKENESS

if TYPE_CHECKING:
    from dlpipe.similarity.closely import Closely
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
    moved: Array
    """Shape (k,) bool: they are more alike when one is cropped or turned a little."""


def prepare() -> None:
    """Imports and computes what `alike` and `clusters` need whatever the pictures are, which takes a while."""
    import_module("scipy.sparse.csgraph")
    weights_of_moves()


def alike(pictures: Prints, closely: Closely | None = None) -> Pairs:
    """All pairs that may be copies. Pixels say how alike they are; `1 - likeness` up to `UNLIKENESS` makes them copies.

    Hashes propose those that are copies as they are or flipped. With a closer look, crops and turned ones are found too;
    their likeness is brought to the same scale.
    """
    plain_i, plain_j = pairs_within(pictures.hashes, RADIUS)
    stood, turned = upright(pictures)
    i, j = pairs_within(stood.hashes, RADIUS)
    flipped = turned[i] != turned[j]
    i, j = i[flipped], j[flipped]
    moved_i, moved_j, moved = _moved(pictures, closely)
    values = np.concatenate([likeness(pictures, plain_i, plain_j), likeness(stood, i, j), moved])
    kind = np.repeat([0, 1, 2], [len(plain_i), len(i), len(moved_i)])
    i, j = np.concatenate([plain_i, i, moved_i]), np.concatenate([plain_j, j, moved_j])
    order = np.lexsort((kind, -values, j, i))
    first = order[np.append(True, (np.diff(i[order]) != 0) | (np.diff(j[order]) != 0))[: len(order)]]
    return Pairs(i[first], j[first], values[first], kind[first] == 1, kind[first] == 2)  # noqa: PLR2004 - the kinds above


def _moved(pictures: Prints, closely: Closely | None) -> tuple[Array, Array, Array]:
    """Pairs i < j of which one may be a crop of the other, or turned, and their likeness."""
    if closely is None:
        return np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0)
    found = candidates(pictures)
    found = found.only(promising(pictures.grey, found))
    left = closely.unlikeness(found)
    fit = left < 1
    i, j = np.minimum(found.one, found.other)[fit], np.maximum(found.one, found.other)[fit]
    return i, j, 1 - left[fit] * (UNLIKENESS / MOVED_UNLIKENESS)
