"""Whether two pictures show the same once one is laid over the other: what a crop and a slight turn leave alike.

Method: one picture is moved (affinely), brightened and stretched in contrast until it fits the other best in least squares
(Lucas and Kanade, "An iterative image registration technique", 1981), first small, then larger. What then still differs,
smoothed after the move so that both were resampled alike, says whether they are copies.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

CLOSE_PX = 192
COARSE_PX = 48
_STEPS = {COARSE_PX: 4, CLOSE_PX: 6}
"""Most steps; each brings a pair several times nearer. One that moves no pixel by a fiftieth is the last."""

_PROMISE = 0.07
"""Share of variance that the first step leaves at 48 px, beyond which no other is taken: copies stay below 0.05."""

_ENOUGH = 0.02

MOVED_UNLIKENESS = 0.001
"""Up to which a picture is a crop or a turned copy. Over elpv crops of 2 to 5 % and turns of 2° make at most 0.0003; the
two photos there of one cell that are most alike after a move are at 0.0017."""

HOPELESS = 0.01
"""Unlikeness at 48 px beyond which nobody looks closer. `python -m tests.benchmarks moved_copies` says what copies leave
there, and which share of look-alikes leaves more; with 0.006 `cleaning_quality` loses a copy."""

FITTING = 1.4
"""Of the Gaussian, in pixels, under which pictures are fitted. More biases the fit: a crop is smoothed more widely."""

MARGIN = 2
"""Pixels beside an edge or an empty corner that are not fitted: smoothing mixes them with what is not there."""

_SURE = 0.999
"""Of a moved pixel: the share that comes from where the picture is whole."""

_JUDGING = {COARSE_PX: 2.0, CLOSE_PX: 3.0}
"""Of the Gaussian, in pixels, under which they are compared: compression and resampling change what is finer."""

_OVERLAP = 0.6
"""Share of the picture in which both must have pixels: a crop of 5 % at every side leaves 0.81, less the smoothing's edge."""

_FLAT = 1.0
"""Variance, in squared grey levels, that rounding alone makes."""

BLACK = 1
"""Grey level up to which a pixel may be the corner that turning leaves empty."""

_EDGE = 0.05
"""Share of the side within which turning leaves something empty: by 2° it is 0.02. Black farther in is a background."""

_NOT_BLACK = 8
"""Grey level beyond which the other picture shows something there; black on black is no empty corner but the same."""


def close(picture: Array) -> Array:
    """A picture as it is compared closely. (H, W, 3) uint8 → (192, 192) uint8."""
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.strides[2] else picture[..., 0]  # three that are one
    way = cv2.INTER_AREA if min(grey.shape) >= CLOSE_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, (CLOSE_PX, CLOSE_PX), interpolation=way))


def unlikeness(one: Array, other: Array, start: Array) -> float:
    """The share of variance that differs where `other`, moved to fit, lies over `one`; 1 if they do not fit at all.

    Args:
        one: (192, 192) uint8, from `close`.
        other: (192, 192) uint8.
        start: (2, 3): where in `other` a pixel of `one` lies, roughly; sides go from -1 to 1.
    """
    move, left = laid(one, other, start, COARSE_PX)
    return laid(one, other, move, CLOSE_PX)[1] if left <= HOPELESS else 1.0


def laid(one: Array, other: Array, start: Array, size: int) -> tuple[Array, float]:
    """Where `other` fits best over `one`, looked at with `size` pixels a side, and what differs there: 1 if they do not fit.

    Both (192, 192) uint8; the move is (2, 3), as `unlikeness` takes it.
    """
    import cv2

    base, moving = (
        picture if len(picture) == size else np.asarray(cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA))
        for picture in (one, other)
    )
    move = _fitted(_fixed(base), _slopes(moving), start.astype(np.float64), _STEPS[size])
    return (start, 1.0) if move is None else (move, _left(base, moving, move))


def _smooth(picture: Array, sigma: float) -> Array:
    import cv2

    return np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), sigma))


def _empty(picture: Array) -> Array:
    """What turning left empty: black beside the edge that begins in a corner. (S, S) uint8, 0 or 1."""
    import cv2

    black = (picture <= BLACK).astype(np.uint8)
    edge = round(_EDGE * len(picture))
    black[edge:-edge, edge:-edge] = 0
    corners = ((0, 0), (0, -1), (-1, 0), (-1, -1))
    if not any(black[corner] for corner in corners):
        return np.zeros_like(black)
    _, parts = cv2.connectedComponents(black)
    return (np.isin(parts, [parts[corner] for corner in corners if black[corner]])).astype(np.uint8)


def whole(picture: Array) -> Array:
    """Where the smooth picture is not mixed with what lies beyond its edge or is empty. (S, S) uint8, 0 or 1."""
    import cv2

    width = 2 * MARGIN + 1
    filled = 1 - _empty(picture)
    return np.asarray(
        cv2.erode(filled, np.ones((width, width), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    )


def _fixed(picture: Array) -> Array:
    """(S, S, 2) float32: the picture that stays, smooth, and where it is whole."""
    return np.dstack([_smooth(picture, FITTING), whole(picture)]).astype(np.float32)


def _slopes(picture: Array) -> Array:
    """The picture that moves, (S, S, 4) float32: smooth; its change across and down, per half of its side; where whole."""
    import cv2

    smooth, scale = _smooth(picture, FITTING), (len(picture) - 1) / 4
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=1, scale=scale)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=1, scale=scale)
    return np.dstack([smooth, across, down, whole(picture)]).astype(np.float32)


@cache
def grid(size: int) -> tuple[Array, Array]:
    """Where pixels lie, from -1 to 1: across (1, S) and down (S, 1)."""
    place = np.linspace(-1, 1, size, dtype=np.float32)
    return place[None, :], place[:, None]


def _moved(picture: Array, move: Array, *, cubic: bool = False) -> tuple[Array, Array]:
    """`picture` (S, S, …) laid over the other one, and where it has pixels there, (S, S) bool."""
    import cv2

    size, inner = len(picture), move[:, :2]
    matrix = np.column_stack([inner, (size - 1) / 2 * (move[:, 2] + 1 - inner.sum(axis=1))])
    flags = (cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
    moved = np.asarray(cv2.warpAffine(picture, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE))
    x, y = grid(size)
    by = move.astype(np.float32)
    across, down = (by[row, 0] * x + by[row, 1] * y + by[row, 2] for row in (0, 1))
    return moved, (np.abs(across) <= 1) & (np.abs(down) <= 1)


def _fitted(base: Array, moving: Array, move: Array, steps: int) -> Array | None:
    """`move` after steps of least squares over (S, S, 2) `base` and (S, S, 4) `moving`; None if it will not fit."""
    size = len(base)
    for step in range(steps):
        change, left = _step(base, moving, move)
        if step == 0 and left > _PROMISE:
            return None
        move = move + change
        if np.abs(change).max() * size / 2 < _ENOUGH:
            break
    return move


def _step(base: Array, moving: Array, move: Array) -> tuple[Array, float]:
    """By how much to change `move`, and which share of the variance that would leave."""
    moved, inside = _moved(moving, move)
    change, left = step(base[None], moved[None], inside[None], grid(len(base)))
    return change[0], float(left[0])


def step(base: Array, moved: Array, inside: Array, place: tuple[Array, Array]) -> tuple[Array, Array]:
    """Least squares over k pairs: by how much to move once more, (k, 2, 3), and the share of variance that leaves, (k,).

    Args:
        base: (k, S, S, 2) float32, from `_fixed`.
        moved: (k, S, S, 4) float32, from `_slopes`, laid over `base`.
        inside: (k, S, S) bool: where it has pixels there.
        place: Where pixels lie, from -1 to 1: across (1, S) and down (S, 1).
    """
    x, y = place
    both = (inside & (moved[..., 3] > _SURE) & (base[..., 1] > 0)).astype(np.float32)
    grey, across, down = (moved[..., channel] * both for channel in range(3))
    columns = (across * x, across * y, across, down * x, down * y, down, grey, both)
    slopes = np.stack(columns, axis=1).reshape(len(base), 8, -1)
    aim = (base[..., 0] * both).reshape(len(base), -1, 1)
    matrix, target = (slopes @ slopes.swapaxes(1, 2)).astype(np.float64), (slopes @ aim).astype(np.float64)
    count = matrix[:, 7, 7] + 1e-6
    matrix[:, np.arange(8), np.arange(8)] += 1e-6 * matrix.trace(axis1=1, axis2=2)[:, None] + 1e-6
    found = np.linalg.solve(matrix, target)[..., 0]
    target, power = target[..., 0], np.square(aim, dtype=np.float64).sum(axis=(1, 2))
    left = (power - (found * target).sum(axis=1)) / (power - target[:, 7] ** 2 / count + _FLAT * count)
    return np.clip(found[:, :6] / np.clip(found[:, 6:7], 0.25, 4), -0.1, 0.1).reshape(-1, 2, 3), left


def _left(base: Array, moving: Array, move: Array) -> float:
    """What differs of the variance, where both have pixels."""
    import cv2

    size = len(base)
    sigma = _JUDGING[size]
    empty, empty_too = _empty(base) > 0, _moved(_empty(moving).astype(np.float32), move)[0] > 0
    base, (moved, inside) = base.astype(np.float32), _moved(moving.astype(np.float32), move, cubic=True)
    one_is_empty = (empty & (moved > _NOT_BLACK)) | (empty_too & (base > _NOT_BLACK))
    both = inside & ~one_is_empty
    width = 2 * round(2 * sigma) + 1
    common = cv2.erode(both.astype(np.uint8), np.ones((width, width), np.uint8), borderValue=0).astype(bool)
    if common.mean() < _OVERLAP:
        return 1.0
    left, right = _smooth(base, sigma)[common], _smooth(moved, sigma)[common]
    left, right = left - left.mean(), right - right.mean()
    structure = (left * right).mean() + _FLAT
    return max(0.0, float(1 - structure / np.sqrt(((left**2).mean() + _FLAT) * ((right**2).mean() + _FLAT))))
