"""Each sample, or each group of samples, by its own hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from dlpipe.split.chance import chance
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish
from dlpipe.split.strata import column, shortfalls, strata

if TYPE_CHECKING:
    import polars as pl


class Hashed(Splitter):
    """By the hash of id or group, whatever the labels and the other samples: nothing moves when data are added."""

    by: str | None = Field(default=None, description="Column whose equal values stay together; the id if not said.")

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        values = column(samples, self.by or "id", "by").to_list()
        ids = samples["id"].to_list()
        splits: list[str | None] = [
            _split(chance(wish.seed, sample_id if value is None else value), wish)
            for value, sample_id in zip(values, ids, strict=True)
        ]
        stratum, names = strata(samples, [])
        missed = shortfalls(stratum, names, splits, wish)
        if values.count(None):
            missed.append(f"{values.count(None)} samples have no '{self.by}': each was taken for a group of its own")
        return Assignment(splits, missed)


def _split(number: float, wish: Wish) -> str:
    train, val, _ = wish.fractions
    return SPLITS[0] if number < train else SPLITS[1] if number < train + val else SPLITS[2]
