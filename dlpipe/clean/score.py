"""One scale for all checks: a measure becomes a score that is 0.5 where it reaches its limit."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def rising(measure: Array | float, limit: Array | float) -> Array:
    """Score of a measure ≥ 0 that is bad when large: 0 at 0, 0.5 at `limit`, 0.8 at twice the limit, towards 1."""
    square = np.square(np.asarray(measure, dtype=np.float64))
    return square / (square + np.square(limit))


def falling(measure: Array | float, limit: Array | float) -> Array:
    """Score of a measure ≥ 0 that is bad when small: 1 at 0, 0.5 at `limit`, 0.2 at twice the limit, towards 0."""
    return 1 - rising(measure, limit)
