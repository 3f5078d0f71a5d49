"""Every class in the same shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from dlpipe.split.dealing import deal
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish
from dlpipe.split.strata import strata

if TYPE_CHECKING:
    import polars as pl


class Stratified(Splitter):
    """Every stratum (label, if not said otherwise) in the same shares, to one sample; within it by chance."""

    stratify: list[str] = Field(default=["label"], min_length=1, description="Columns whose combinations are strata.")

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        stratum, _ = strata(samples, self.evened)
        dealt = deal(samples["id"], stratum, wish.fractions, wish.seed)
        return Assignment(np.array(SPLITS, object)[dealt].tolist())
