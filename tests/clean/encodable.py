"""What checks may see: drawn at random, and compared to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dlpipe.modalities import Unreadable

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ARRAYS = arrays.arrays(st.sampled_from([np.uint8, np.float32, np.int64, np.bool_]), arrays.array_shapes())
EVIDENCE = st.recursive(
    PLAIN | ARRAYS | st.builds(np.float64, st.floats()) | st.builds(Unreadable, st.text(), st.text(), st.text()),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def same(one: Any, other: Any) -> bool:
    """Equal in type and bits, NaN included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN
