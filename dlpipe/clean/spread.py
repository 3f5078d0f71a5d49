"""How far values are from the usual one, on the scale of all checks."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlpipe.clean.score import rising

Array = np.ndarray[Any, Any]

_SPREADS = 3


def oddity(values: Array, limit: float) -> Array:
    """Score of n ≥ 1 values by their distance from the median: 0.5 at `limit`, or at three quartile ranges if that is more."""
    low, middle, high = np.percentile(values, (25, 50, 75))
    return rising(np.abs(values - middle), max(limit, _SPREADS * (high - low)))
