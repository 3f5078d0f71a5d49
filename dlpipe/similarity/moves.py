"""Which pictures may be crops of one another, or the same a little turned: candidates, for pixels to decide.

A perceptual hash does not survive a crop: low frequencies of a picture shift with it. So each picture is moved as a copy
might have been (cropped at one side, at a corner, all round, turned by 2°), and its low frequencies are compared with
those of all others. Moving and the transform are linear: one matrix does both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.loop import each_quietly
from dlpipe.similarity.pictures import GREY_PX

if TYPE_CHECKING:
    from dlpipe.similarity.pictures import Prints

Array = np.ndarray[Any, Any]

_FREQUENCIES = 8
"""The lowest 8 x 8, without the mean."""

_NEAREST = 3
"""Candidates of each picture. Among solar cells, which all look alike, 99 of 100 copies are the nearest or the second."""

_FAR = 0.12
"""1 - cosine of candidates. Copies come below 0.1."""

_LEFT_EMPTY = 2
"""Moves, the last ones, that leave corners black; the others go on beyond the edge with what is there."""

_WEAK = 64.0
"""The least length of the frequencies, a deviation of 2 grey levels: the noise of a flat picture resembles nothing."""

_BLOCK = 256
"""Pictures that are compared with all at once, in each thread."""

_CHUNK = 1 << 12
"""Pictures that become floats at once."""

_MANY = 20_000
"""Up to here all are compared with all, exactly; beyond, FAISS looks into the nearest of its cells only."""

_CELLS_LOOKED_INTO = 8
_TRAINED = 200_000
"""Pictures from which cells are laid out, at most twice as many."""


@dataclass(frozen=True)
class Candidates:
    """k pairs of pictures, each once."""

    one: Array
    """Shape (k,)."""
    other: Array
    """Shape (k,): the one that a crop was perhaps cut from."""
    start: Array
    """Shape (k, 2, 3): roughly where in `other` a pixel of `one` lies; sides go from -1 to 1."""

    def only(self, which: Array) -> Candidates:
        """Those of a mask, (k,) bool."""
        return Candidates(self.one[which], self.other[which], self.start[which])


@cache
def _moves() -> Array:
    """(T, 2, 3): what may have been done to a picture."""
    turned = [(zoom, zoom, 0, 0, angle) for zoom in (1, 0.965, 0.93) for angle in (-2, 2)]
    all_round = [(zoom, zoom, 0, 0, 0) for zoom in (1, 0.97, 0.94, 0.9)]
    corners = [(0.95, 0.95, x, y, 0) for x in (-0.05, 0.05) for y in (-0.05, 0.05)]
    sides = [(0.95, 1, x, 0, 0) for x in (-0.05, 0.05)] + [(1, 0.95, 0, y, 0) for y in (-0.05, 0.05)]
    return np.array([_move(*settings) for settings in (*all_round, *turned, *corners, *sides, *turned[:_LEFT_EMPTY])])


def _move(across: float, down: float, x: float, y: float, degrees: float) -> Array:
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[across * cosine, -across * sine, x], [down * sine, down * cosine, y]])


@cache
def weights_of_moves() -> Array:
    """(T, 1024, 63) float32: from pixels to the low frequencies of the moved picture."""
    import cv2

    pixels = np.eye(GREY_PX**2, dtype=np.float32).reshape(-1, GREY_PX, GREY_PX)
    place = (np.arange(GREY_PX) + 0.5) * np.pi / GREY_PX
    waves = np.cos(place[None, :] * np.arange(_FREQUENCIES)[:, None]).astype(np.float32)
    waves *= np.sqrt(np.where(np.arange(_FREQUENCIES) == 0, 1, 2) / GREY_PX)[:, None].astype(np.float32)
    half, found = (GREY_PX - 1) / 2, list[Array]()
    for which, move in enumerate(_moves()):
        border = cv2.BORDER_CONSTANT if which >= len(_moves()) - _LEFT_EMPTY else cv2.BORDER_REPLICATE
        inner = move[:, :2]
        matrix = np.column_stack([inner, half * (move[:, 2] + 1 - inner.sum(axis=1))])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = np.stack(
            [cv2.warpAffine(pixel, matrix, (GREY_PX, GREY_PX), flags=flags, borderMode=border) for pixel in pixels]
        )
        found.append((waves @ moved @ waves.T).reshape(GREY_PX**2, -1)[:, 1:])
    return np.stack(found)


def _described(grey: Array, moves: slice) -> Array:
    """(T, n, 63) float32 of about unit length: the low frequencies of pictures (n, 1024) after each of T moves."""
    after = weights_of_moves()[moves]
    pixels_to_all = after.swapaxes(0, 1).reshape(after.shape[1], -1)
    found = np.empty((len(after), len(grey), after.shape[2]), np.float32)
    for start in range(0, len(grey), _CHUNK):
        chunk = grey[start : start + _CHUNK].astype(np.float32)
        low = (chunk @ pixels_to_all).reshape(len(chunk), len(after), -1)
        low /= np.maximum(np.linalg.norm(low, axis=2, keepdims=True), _WEAK)
        found[:, start : start + _CHUNK] = low.swapaxes(0, 1)
    return found


def candidates(pictures: Prints) -> Candidates:
    """For each picture those that, moved in one of the ways, come nearest to it."""
    if len(pictures) < 2:  # noqa: PLR2004 - it takes two
        return Candidates(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros((0, 2, 3)))
    one, other, cosine, move = (_all_with_all if len(pictures) <= _MANY else _by_cells)(pictures.grey)
    near = (cosine >= 1 - _FAR) & (one != other)
    one, other, cosine, move = one[near], other[near], cosine[near], move[near]
    low, high = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((other, -cosine, high, low))
    first = np.append(True, (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0))[: len(order)]
    kept = order[first]
    return Candidates(one[kept], other[kept], _moves()[move[kept]])


def _all_with_all(grey: Array) -> tuple[Array, ...]:
    """`one`, `other`, their cosine and the move of `other`, for the nearest of each picture."""
    from threadpoolctl import threadpool_limits

    described = _described(grey, slice(None))
    blocks = [np.arange(start, min(start + _BLOCK, len(grey))) for start in range(0, len(grey), _BLOCK)]
    with threadpool_limits(1, user_api="blas"):  # a block to each core is faster than all cores for each block
        found = list(each_quietly(lambda rows: _nearest(described, rows), blocks))
    one, other, cosine = (np.concatenate(parts) for parts in zip(*found, strict=True))
    plain, *moved = described
    move = np.stack([(plain[one] * low[other]).sum(axis=1) for low in moved]).argmax(axis=0) + 1
    return one, other, cosine, move


def _nearest(described: Array, rows: Array) -> tuple[Array, ...]:
    """`one`, one of `rows`, `other`, and their cosine, for those that come nearest once they are moved."""
    plain, *moved = described
    number, wanted = min(_NEAREST, len(plain) - 1), plain[rows]
    best = wanted @ moved[0].T
    cosine = np.empty_like(best)
    for low in moved[1:]:
        np.maximum(best, np.matmul(wanted, low.T, out=cosine), out=best)
    nearer = np.matmul(wanted, plain.T, out=cosine) >= best  # as they are: no move brings them nearer
    best[nearer] = -1
    best[np.arange(len(rows)), rows] = -1
    near = np.argpartition(best, -number, axis=1)[:, -number:].ravel()
    return np.repeat(rows, number), near, best[np.repeat(np.arange(len(rows)), number), near]


def _by_cells(grey: Array) -> tuple[Array, ...]:
    """The same for many: each picture is moved and looked for among the others, in the nearest cells of an index."""
    import faiss

    plain = _described(grey, slice(1))[0]
    cells, width = 4 * int(np.sqrt(len(grey))), plain.shape[1]
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(width), width, cells, faiss.METRIC_INNER_PRODUCT)
    index.nprobe = _CELLS_LOOKED_INTO
    index.train(plain[:: max(1, len(grey) // _TRAINED)])
    index.add(plain)
    blocks: list[tuple[Array, ...]] = []
    for which in range(len(_moves())):
        cosine, one = index.search(_described(grey, slice(which, which + 1))[0], _NEAREST + 1)
        row, column = np.nonzero((cosine >= 1 - _FAR) & (one >= 0))
        blocks.append((one[row, column], row, cosine[row, column], np.full(len(row), which, np.uint8)))
    return tuple(np.concatenate(parts) for parts in zip(*blocks, strict=True))
