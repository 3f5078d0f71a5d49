"""Chance that follows from a seed and a value alone: the same on every machine, whatever else there is."""

from __future__ import annotations

import hashlib


def chance(seed: int, value: str) -> float:
    """A number in [0, 1) that is as good as random, by SHA-256."""
    found = hashlib.sha256(f"{seed}\0{value}".encode()).digest()
    return int.from_bytes(found[:6]) / (1 << 48)
