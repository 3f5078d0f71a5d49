"""Chance that follows from a seed and a value alone: the same on every machine, whatever else there is."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

_BYTES = 6
"""Of the hash that are used: 48 bits, which float64 holds exactly."""


def chances(seed: int, values: Iterable[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Numbers in [0, 1) that are as good as random, by SHA-256; a microsecond each. Shape (n,)."""
    start = hashlib.sha256(f"{seed}\0".encode())
    heads: list[bytes] = []
    for value in values:
        found = start.copy()
        found.update(value.encode())
        heads.append(found.digest()[:_BYTES])
    digits = np.frombuffer(b"".join(heads), np.uint8).reshape(-1, _BYTES).astype(np.float64)
    return digits @ 256.0 ** np.arange(_BYTES - 1, -1, -1) / (1 << 48)
