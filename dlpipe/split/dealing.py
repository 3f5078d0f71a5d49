"""Deals the members of every stratum out by chance, in shares that are right to one sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.split.chance import chances

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

Array = np.ndarray[Any, Any]


def deal(ids: pl.Series, stratum: Array, fractions: Sequence[float], seed: int) -> Array:
    """The split of every sample. (n,) strata → (n,) index of a fraction.

    What one stratum is owed by rounding the next one gets, so that many small strata do not add up to a large error.
    """
    order = by_chance(ids, stratum, seed)
    sizes = np.bincount(stratum)
    chosen = np.empty(len(stratum), np.intp)
    owed = np.zeros(len(fractions))
    start = 0
    for size in sizes.tolist():
        wished = size * np.array(fractions)
        counts = _whole(wished + owed, size)
        owed += wished - counts
        chosen[order[start : start + size]] = np.repeat(np.arange(len(fractions)), counts)
        start += size
    return chosen


def by_chance(ids: pl.Series, stratum: Array, seed: int) -> Array:
    """Positions of all samples by stratum, within it by chance. Shape (n,)."""
    import polars as pl

    table = pl.DataFrame([pl.Series("stratum", stratum), pl.Series("chance", chances(seed, ids)), ids.alias("id")])
    return table.select(pl.arg_sort_by("stratum", "chance", "id")).to_series().to_numpy()


def _whole(wished: Array, total: int) -> Array:
    """Whole numbers that sum to `total`, near `wished`; each at least 1 where there are enough. Shape (S,)."""
    least = 1 if total >= len(wished) else 0
    counts = np.maximum(np.floor(np.maximum(wished, 0)), least).astype(np.intp)
    while counts.sum() < total:
        counts[np.argmax(wished - counts)] += 1
    while counts.sum() > total:
        counts[np.argmax(np.where(counts > least, counts - wished, -np.inf))] -= 1
    return counts
