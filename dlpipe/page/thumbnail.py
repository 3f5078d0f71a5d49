"""Small pictures that stand inside a page."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

SIDE_PX = 176
_QUALITY = 78


def thumbnail(picture: Array, side_px: int = SIDE_PX) -> str:
    """A picture as a `data:` address: JPEG of at most `side_px` wide and high, encoded anew, so without metadata.

    Args:
        picture: (H, W, 3) uint8 RGB, upright as `dlpipe.modalities` decodes it.
        side_px: Longest side; smaller pictures keep their size.
    """
    import cv2

    height, width = picture.shape[:2]
    factor = side_px / max(height, width)
    if factor < 1:
        size = max(1, round(width * factor)), max(1, round(height * factor))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    done, content = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise ValueError(f"OpenCV cannot encode a picture of shape {picture.shape}")
    return "data:image/jpeg;base64," + base64.b64encode(content.tobytes()).decode()
