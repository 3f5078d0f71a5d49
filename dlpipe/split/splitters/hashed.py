"""Each sample, or each group of samples, by its own hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from dlpipe.split.chance import chances
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish
from dlpipe.split.strata import column

if TYPE_CHECKING:
    import polars as pl


class Hashed(Splitter):
    """By the hash of id or group, whatever the labels and the other samples: nothing moves when data are added."""

    by: str | None = Field(default=None, description="Column whose equal values stay together; the id if not said.")

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        values = column(samples, self.by or "id", "by")
        train, val, _ = wish.fractions
        found = np.searchsorted([train, train + val], chances(wish.seed, values.fill_null(samples["id"])), "right")
        notes = [f"{values.null_count()} samples have no '{self.by}': each was taken for a group of its own"]
        return Assignment(np.array(SPLITS, object)[found].tolist(), notes if values.null_count() else [])
