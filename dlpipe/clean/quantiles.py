"""How bright and how steep pictures are, exactly, by counting values."""

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
    return quantile(extreme(extreme(red, green), blue), share) / 255


def quantile(values: Any, share: float) -> int:
    """The smallest value that at least `share` of all do not exceed. (H, W) uint8 or uint16; faster than sorting."""
    import cv2

    levels = 256 if values.dtype == np.uint8 else int(values.max()) + 1
    counts = cv2.calcHist([values], [0], None, [levels], [0, levels]).ravel()
    return int(np.searchsorted(np.cumsum(counts, dtype=np.float64), share * values.size))
