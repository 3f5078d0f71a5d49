"""Every class in the same shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from dlpipe.split.chance import chance
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish
from dlpipe.split.strata import shortfalls, strata

if TYPE_CHECKING:
    import polars as pl


class Stratified(Splitter):
    """Every stratum (label, if not said otherwise) in the same shares, to one sample; within it by chance."""

    stratify: list[str] = Field(default=["label"], min_length=1, description="Columns whose combinations are strata.")

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        stratum, names = strata(samples, self.stratify)
        ids = samples["id"].to_list()
        splits: list[str | None] = [None] * len(ids)
        owed = np.zeros(len(SPLITS))
        for number in range(len(names)):
            members = sorted(
                np.flatnonzero(stratum == number).tolist(), key=lambda row: (chance(wish.seed, ids[row]), ids[row])
            )
            wished = len(members) * np.array(wish.fractions)
            counts = _whole(wished + owed, len(members))
            owed += wished - counts
            for row, split in zip(members, np.repeat(SPLITS, counts).tolist(), strict=True):
                splits[row] = split
        return Assignment(splits, shortfalls(stratum, names, splits, wish))


def _whole(
    wished: np.ndarray[tuple[int], np.dtype[np.float64]], total: int
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Whole numbers that sum to `total`, near `wished`; each at least 1 where there are enough. Shape (3,)."""
    least = 1 if total >= len(SPLITS) else 0
    counts = np.maximum(np.floor(np.maximum(wished, 0)), least).astype(np.intp)
    while counts.sum() < total:
        counts[np.argmax(wished - counts)] += 1
    while counts.sum() > total:
        counts[np.argmax(np.where(counts > least, counts - wished, -np.inf))] -= 1
    return counts
