"""Which of many 64-bit hashes are near one another: all pairs within a radius, exactly, without comparing all with all.

Method: cut the bits into `radius + 3` pieces. Hashes that differ by at most `radius` bits agree on three pieces at least,
so they meet when hashes are sorted by some three pieces. After Manku, Jain and Das Sarma, "Detecting near-duplicates for
web crawling" (2007). FAISS's IndexBinaryMultiHash finds the same pairs, but takes several times as long for 100,000 and its
time grows with the square of their number (`python -m tests.benchmarks million_cleaning`).
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_AGREEING = 3
_BITS = 64
_FEW = 1000
"""Up to here comparing all with all is faster."""


def pairs_within(hashes: Array, radius: int) -> tuple[Array, Array]:
    """Positions (i, j), i < j, of all hashes with at most `radius` differing bits, sorted. (n,) uint64, radius 0 to 30."""
    if len(hashes) <= _FEW:
        return _all_with_all(hashes, radius)
    pieces = _pieces(radius + _AGREEING)
    found = np.zeros(0, np.int64)
    for agreeing in combinations(pieces, _AGREEING):
        met = _met(hashes, np.bitwise_or.reduce(np.array(agreeing, np.uint64)), radius)
        found = np.union1d(found, met) if len(met) else found
    return found // len(hashes), found % len(hashes)


def _all_with_all(hashes: Array, radius: int) -> tuple[Array, Array]:
    near = np.bitwise_count(hashes[:, None] ^ hashes[None, :]) <= radius
    i, j = np.nonzero(np.triu(near, 1))
    return i, j


def _pieces(number: int) -> list[int]:
    """Masks of bits that lie apart, so that one kind of detail does not fill a piece."""
    return [sum(1 << bit for bit in range(first, _BITS, number)) for first in range(number)]


def _met(hashes: Array, mask: Any, radius: int) -> Array:
    """Pairs that agree on the bits of `mask` and lie within the radius, as i * n + j."""
    order = np.argsort(hashes & mask)
    ordered = hashes[order]
    keys = ordered & mask
    last = np.flatnonzero(np.append(keys[1:] != keys[:-1], True))
    end = np.repeat(last + 1, np.diff(last, prepend=-1))
    found: list[Array] = []
    here, step = np.arange(len(hashes)), 1
    while len(here := here[here + step < end[here]]):
        near = here[np.bitwise_count(ordered[here] ^ ordered[here + step]) <= radius]
        if len(near):
            one, other = order[near], order[near + step]
            found.append(np.minimum(one, other) * len(hashes) + np.maximum(one, other))
        step += 1
    return np.concatenate(found) if found else np.zeros(0, np.int64)
