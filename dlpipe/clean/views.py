"""What several checks need of one picture, derived once: each view stays with the sample while checks look at it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe import similarity
from dlpipe.similarity.shrunk import SMALL_PX, shrunk

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.modalities import Sample

Array = np.ndarray[Any, Any]

LEAST_PX = 2 * SMALL_PX
"""All that these views need of a picture's longer side: what `shrunk` itself begins with."""

CALM_STEPS = 16
"""Of `calm_grey`, in a grey level: rounding to whole levels would be noise again."""

_TINY_PX = 64

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
def small(sample: Sample) -> Array:
    """(h, w, 3) uint8, or (h, w) for a file without colours; at most 192 px wide and high (`dlpipe.similarity.shrunk`)."""
    return shrunk(np.ascontiguousarray(sample.value[..., 0]) if is_stored_grey(sample) else sample.value)


@_once
def small_grey(sample: Sample) -> Array:
    """(h, w) uint8: brightness of `small` as Rec. 601 weighs it."""
    return _grey(small(sample))


@_once
def calm_grey(sample: Sample) -> Array:
    """(h, w) int16, in sixteenths of a level: `small_grey` under a Gaussian of 1 px, which takes most of its noise away."""
    import cv2

    return np.asarray(cv2.GaussianBlur(small_grey(sample).astype(np.int16) * CALM_STEPS, (0, 0), 1))


@_once
def fingerprint(sample: Sample) -> Array:
    """(1072,) uint8: what copies are told by (`dlpipe.similarity`)."""
    return similarity.fingerprint(small(sample))


@_once
def tiny(sample: Sample) -> Array:
    """(64, 64, 3) or (64, 64) uint8: `small` as a square."""
    import cv2

    return np.asarray(cv2.resize(small(sample), (_TINY_PX, _TINY_PX), interpolation=cv2.INTER_AREA))


@_once
def tiny_grey(sample: Sample) -> Array:
    """(64, 64) uint8: brightness of `tiny`."""
    return _grey(tiny(sample))


@_once
def tiny_spread(sample: Sample) -> Array:
    """(64, 64) uint8: how far the channels of each pixel of `tiny` are apart; (1, 1) for a file without colours."""
    import cv2

    if is_stored_grey(sample):
        return np.zeros((1, 1), np.uint8)
    red, green, blue = cv2.split(tiny(sample))
    spread = cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue))
    return np.asarray(spread)


@_once
def grey_cumulative(sample: Sample) -> Array:
    """(256,): how many pixels of `small_grey` have each value or a lower one."""
    return cumulative(small_grey(sample), 256)


@_once
def brightest_cumulative(sample: Sample) -> Array:
    """(256,): how many pixels of `small` have each value or a lower one in their brightest channel."""
    return _extreme_cumulative(sample, "max")


@_once
def darkest_cumulative(sample: Sample) -> Array:
    """(256,): how many pixels of `small` have each value or a lower one in their darkest channel."""
    return _extreme_cumulative(sample, "min")


def _grey(values: Array) -> Array:
    import cv2

    if values.ndim == 2:  # noqa: PLR2004 - height and width
        return values  # what the weighing gives for equal channels, exactly
    return np.asarray(cv2.cvtColor(values, cv2.COLOR_RGB2GRAY))


def _extreme_cumulative(sample: Sample, extreme: str) -> Array:
    import cv2

    if is_stored_grey(sample):
        return grey_cumulative(sample)
    red, green, blue = cv2.split(small(sample))
    choose = cv2.max if extreme == "max" else cv2.min
    return cumulative(choose(choose(red, green), blue), 256)


def counts(values: Any, levels: int) -> Array:
    """(levels,): how often each value from 0 occurs. (H, W) uint8 or uint16."""
    import cv2

    return cv2.calcHist([values], [0], None, [levels], [0, levels]).ravel().astype(np.float64)


def cumulative(values: Any, levels: int) -> Array:
    """(levels,): the cumulative histogram, how many have each value or a lower one. (H, W) uint8 or uint16."""
    return counts(values, levels).cumsum()


def quantile(found: Array, share: float) -> int:
    """The smallest value that at least `share` of all do not exceed, from `cumulative`; exact, and faster than sorting."""
    return int(found.searchsorted(share * found[-1]))


def high_quantile(values: Array, share: float) -> float:
    """What `quantile` gives of `cumulative`, for values of any kind and a share near 1; exact. (H, W).

    Where k columns reach a value, so do the k largest of all: only the few values from there on are sorted.
    """
    wanted = values.size - int(np.ceil(share * values.size)) + 1
    reached = np.sort(values.max(axis=0))[-wanted] if wanted <= values.shape[1] else values.min()
    few = values[values >= reached]
    return float(np.partition(few, few.size - wanted)[few.size - wanted])
