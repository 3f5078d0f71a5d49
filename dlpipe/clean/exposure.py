"""How bright a picture is, in the terms of the checks `dark` and `bright`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from dlpipe.modalities import Sample


def brightness(sample: Sample, channel: Literal["brightest", "darkest"], share: float) -> float:
    """The value, 0 to 1, that `share` of the pixels do not exceed in their brightest or darkest channel."""
    import cv2

    red, green, blue = cv2.split(sample.value)
    extreme = cv2.max if channel == "brightest" else cv2.min
    values: Any = extreme(extreme(red, green), blue)
    counts = cv2.calcHist([values], [0], None, [256], [0, 256]).ravel()
    return int(np.searchsorted(np.cumsum(counts, dtype=np.float64), share * values.size)) / 255
