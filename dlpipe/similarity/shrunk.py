"""A picture made small, the same way wherever pictures are compared or looked at."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

SMALL_PX = 192
"""Grain is averaged away at this size, and blur that no network sees is none."""

_FAR = 4
"""From so many times the wanted size on a picture is halved first."""


def shrunk(picture: Array, size_px: int = SMALL_PX) -> Array:
    """A picture of at most `size_px` a side; one that is not larger comes back as it is.

    (H, W) or (H, W, 3) uint8. Linearly to twice the size, then the mean of every four pixels: close to what averaging areas
    gives (`cv2.INTER_AREA`; over elpv the least sharp photo measures 0.116 instead of 0.109), about three times as fast
    at 300 px. Channels do not mix: equal ones stay equal.
    """
    import cv2

    height, width = picture.shape[:2]
    if max(height, width) <= size_px:
        return picture
    while max(height, width) >= _FAR * size_px:
        height, width = (height + 1) // 2, (width + 1) // 2
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR))
    factor = size_px / max(height, width)
    height, width = max(1, round(height * factor)), max(1, round(width * factor))
    double = cv2.resize(picture, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(double, (width, height), interpolation=cv2.INTER_AREA))
