"""What several checks need of one picture, derived once: each view stays with the sample while checks look at it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.modalities import Sample

Array = np.ndarray[Any, Any]

SMALL_PX = 192

_GREY = ("1", "L", "LA", "I;16", "I;16B", "I;16L", "I;16N")
"""Modes (Pillow's words) whose three decoded channels are equal."""


def _once(derive: Callable[[Sample], Array]) -> Callable[[Sample], Array]:
    @wraps(derive)
    def view(sample: Sample) -> Array:
        name = derive.__name__
        if name not in sample.views:
            sample.views[name] = derive(sample)
        return sample.views[name]

    return view


def is_stored_grey(sample: Sample) -> bool:
    """Whether the file has no colours to begin with."""
    return sample.facts.get("mode") in _GREY


@_once
def grey(sample: Sample) -> Array:
    """(H, W) uint8: brightness as Rec. 601 weighs it."""
    import cv2

    if is_stored_grey(sample):
        return np.asarray(cv2.extractChannel(sample.value, 0))  # what the weighing gives for equal channels, exactly
    return np.asarray(cv2.cvtColor(sample.value, cv2.COLOR_RGB2GRAY))


@_once
def small(sample: Sample) -> Array:
    """`grey`, at most 192 px wide and high: grain is averaged away, and blur that no network sees is none."""
    import cv2

    full = grey(sample)
    factor = SMALL_PX / max(full.shape)
    return (
        full if factor >= 1 else np.asarray(cv2.resize(full, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
    )


@_once
def grey_counts(sample: Sample) -> Array:
    """(256,): how many pixels of `grey` have each value."""
    return counts(grey(sample), 256)


@_once
def brightest_counts(sample: Sample) -> Array:
    """(256,): how many pixels have each value in their brightest channel."""
    return _extreme_counts(sample, "max")


@_once
def darkest_counts(sample: Sample) -> Array:
    """(256,): how many pixels have each value in their darkest channel."""
    return _extreme_counts(sample, "min")


def _extreme_counts(sample: Sample, extreme: str) -> Array:
    import cv2

    if is_stored_grey(sample):
        return grey_counts(sample)
    red, green, blue = cv2.split(sample.value)
    choose = cv2.max if extreme == "max" else cv2.min
    return counts(choose(choose(red, green), blue), 256)


def counts(values: Any, levels: int) -> Array:
    """(levels,): how often each value from 0 occurs. (H, W) uint8 or uint16."""
    import cv2

    return cv2.calcHist([values], [0], None, [levels], [0, levels]).ravel().astype(np.float64)


def quantile(found: Array, share: float) -> int:
    """The smallest value that at least `share` of all do not exceed, from `counts`; exact, and faster than sorting."""
    return int(np.searchsorted(np.cumsum(found), share * found.sum()))
