"""Photos, and what becomes of copies of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, Any]


@cache
def photos(number: int, size_px: int = 200) -> list[Array]:
    """Pieces of scikit-learn's two sample photos, (size_px, size_px, 3), which do not overlap by half."""
    from sklearn.datasets import load_sample_images

    whole = [np.asarray(image) for image in load_sample_images().images]
    step = size_px // 2 + 10
    corners = [
        (image, top, left)
        for top in range(0, 427 - size_px, step)
        for left in range(0, 640 - size_px, step)
        for image in whole
    ]
    return [np.ascontiguousarray(image[top : top + size_px, left : left + size_px]) for image, top, left in corners][
        :number
    ]


def cropped(picture: Array, top: float, bottom: float, left: float, right: float) -> Array:
    """Without these shares of its sides."""
    height, width = picture.shape[:2]
    rows = slice(round(height * top), height - round(height * bottom))
    return np.ascontiguousarray(picture[rows, round(width * left) : width - round(width * right)])


def turned(picture: Array, degrees: float, border: int = cv2.BORDER_CONSTANT) -> Array:
    """Turned about its middle, of the same size."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=border))


def compressed(picture: Array, quality: int) -> Array:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1))


CHANGES: dict[str, Callable[[Array], Array]] = {
    "2 % all round": lambda picture: cropped(picture, 0.02, 0.02, 0.02, 0.02),
    "5 % all round": lambda picture: cropped(picture, 0.05, 0.05, 0.05, 0.05),
    "5 % at one side": lambda picture: cropped(picture, 0, 0, 0.05, 0),
    "5 % at a corner, compressed": lambda picture: compressed(cropped(picture, 0.05, 0, 0, 0.05), 60),
    "turned 2°": lambda picture: turned(picture, 2),
    "turned -2°, filled, compressed": lambda picture: compressed(turned(picture, -2, cv2.BORDER_REPLICATE), 70),
    "turned 2° and cropped": lambda picture: cropped(turned(picture, 2), 0.035, 0.035, 0.035, 0.035),
}
"""What neither a hash nor a picture of 32 px survives."""
