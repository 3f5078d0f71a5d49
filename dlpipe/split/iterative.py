"""Shares samples of several labels out so that every label comes as near to its shares as it can.

Sechidis, Tsoumakas and Vlahavas, On the stratification of multi-label data, ECML PKDD 2011, algorithm 1: the rarest label
first, each of its samples to the split that lacks most of that label, of equal ones to that which lacks most samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.split.chance import chances
from dlpipe.split.dealing import deal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

Array = np.ndarray[Any, Any]


def share_iteratively(ids: pl.Series, members: Array, fractions: Sequence[float], seed: int) -> Array:
    """The split of every sample, (n,) index of a fraction, whatever the order of rows.

    Args:
        ids: n of them; equal chances are settled by their hash.
        members: Shape (n, S) bool, which strata a sample belongs to: any number of them.
        fractions: What each split should have of each stratum, and of all samples.
        seed: Other seeds give other splits.
    """
    keys = list(zip(chances(seed, ids).tolist(), ids.to_list(), strict=True))
    order = np.array(sorted(range(len(ids)), key=keys.__getitem__), dtype=np.intp)
    chosen = np.full(len(ids), -1, dtype=np.intp)
    wished = np.array(fractions)
    lacking = wished[:, None] * members.sum(axis=0)
    room = wished * len(ids)
    waiting = members.sum(axis=0)
    while waiting.any():
        rarest = int(np.where(waiting > 0, waiting, np.iinfo(np.int64).max).argmin())
        for sample in order[members[order, rarest] & (chosen[order] < 0)].tolist():
            split = _neediest(lacking[:, rarest], room)
            chosen[sample] = split
            lacking[split] -= members[sample]
            room[split] -= 1
            waiting = waiting - members[sample]
    _rest(ids, chosen, room, seed)
    return chosen


def _neediest(lacking: Array, room: Array) -> int:
    """Where most of the stratum is lacking, of equal ones where there is most room, then the first."""
    return max(range(len(room)), key=lambda split: (round(float(lacking[split]), 9), float(room[split]), -split))


def _rest(ids: pl.Series, chosen: Array, room: Array, seed: int) -> None:
    """Samples of no stratum fill what room is left."""
    left = np.flatnonzero(chosen < 0)
    if not left.size:
        return
    open_ = np.maximum(room, 0)
    shares = open_ / open_.sum() if open_.sum() > 0 else np.full(len(room), 1 / len(room))
    chosen[left] = deal(ids[left], np.zeros(left.size, np.intp), shares.tolist(), seed)
