"""Which candidates may fit, told by their fingerprints: most look-alikes are rejected before any file is read again.

Method: one step of the same least squares that `registration` goes on with, over the small grey pictures, for many pairs at
once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.loop import each_quietly
from dlpipe.similarity import registration
from dlpipe.similarity.pictures import GREY_PX, smoothing

if TYPE_CHECKING:
    from dlpipe.similarity.moves import Candidates

Array = np.ndarray[Any, Any]

PROMISE = 0.08
"""Share of variance that the step may leave. `python -m tests.benchmarks moved_copies` says what copies leave, and which
share of look-alikes leaves more."""

_CHUNK = 256
"""Pairs at once, some MB."""

_APART = 2
"""Pixels of the fixed picture that are compared: every other one of each row and column. Smoothed as they are, those between
say nothing else."""

_SMOOTHING = smoothing(registration.FITTING)


def promising(grey: Array, pairs: Candidates) -> Array:
    """Which of k candidates are worth a closer look, (k,) bool; `grey` has the small pictures, (n, 1024) uint8."""
    return left_by_a_step(grey, pairs) <= PROMISE


def left_by_a_step(grey: Array, pairs: Candidates) -> Array:
    """The share of variance in which the pictures of k candidates still differ after the step, (k,)."""
    starts = range(0, len(pairs.one), _CHUNK)
    parts = list(each_quietly(lambda start: _left(grey, pairs, slice(start, start + _CHUNK)), starts))
    return np.concatenate(parts) if parts else np.zeros(0)


def _left(grey: Array, pairs: Candidates, part: slice) -> Array:
    base, moving = (grey[which[part]].reshape(-1, GREY_PX, GREY_PX) for which in (pairs.one, pairs.other))
    smooth = _smooth(moving)
    down, across = (np.gradient(smooth, axis=axis) * ((GREY_PX - 1) / 2) for axis in (1, 2))
    moved, inside = _moved(np.stack([smooth, across, down, _whole(moving)], axis=-1), pairs.start[part])
    fixed = np.stack([_smooth(base), _whole(base)], axis=-1)[:, ::_APART, ::_APART]
    return registration.step(fixed, moved, inside, _place())[1]


def _smooth(squares: Array) -> Array:
    return _SMOOTHING @ squares.astype(np.float32) @ _SMOOTHING.T


def _whole(squares: Array) -> Array:
    """`registration.whole` of each, (k, 32, 32) float32: the same for all that have no black corner."""
    found = np.repeat(registration.whole(np.full_like(squares[0], 255))[None], len(squares), axis=0)
    black = (squares[:, :: GREY_PX - 1, :: GREY_PX - 1] <= registration.BLACK).any(axis=(1, 2))
    for place in np.flatnonzero(black).tolist():
        found[place] = registration.whole(squares[place])
    return found.astype(np.float32)


def _place() -> tuple[Array, Array]:
    """Where the pixels lie that are compared: across (1, 16) and down (16, 1)."""
    x, y = registration.grid(GREY_PX)
    return x[:, ::_APART], y[::_APART]


def _moved(pictures: Array, moves: Array) -> tuple[Array, Array]:
    """`pictures` (k, 32, 32, 4), each moved by its own of (k, 2, 3), at the places that are compared.

    Returns:
        (k, 16, 16, 4), and where they have pixels then, (k, 16, 16) bool.
    """
    import cv2

    x, y = _place()
    row = moves.astype(np.float32)[:, :, :, None, None]
    across, down = (row[:, which, 0] * x + row[:, which, 1] * y + row[:, which, 2] for which in (0, 1))
    inside = (np.abs(across) <= 1) & (np.abs(down) <= 1)
    column, line = ((np.clip(place, -1, 1) + 1) * ((GREY_PX - 1) / 2) for place in (across, down))
    line += GREY_PX * np.arange(len(moves), dtype=np.float32)[:, None, None]  # all stand below one another
    below = pictures.reshape(-1, GREY_PX, pictures.shape[-1])
    maps = (column.reshape(-1, x.size), line.reshape(-1, x.size))
    return np.asarray(cv2.remap(below, *maps, cv2.INTER_LINEAR)).reshape(*inside.shape, -1), inside
