"""Every class in the same shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from dlpipe.split.dealing import deal
from dlpipe.split.memberships import are_several, share_singly
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish
from dlpipe.split.strata import strata

if TYPE_CHECKING:
    import polars as pl


class Stratified(Splitter):
    """Every stratum (label, if not said otherwise) in the same shares, to one sample; within it by chance.

    Where a sample may have several labels, strata overlap and each comes as near to its shares as it can: iterative
    stratification (Sechidis et al., ECML PKDD 2011).
    """

    stratify: list[str] = Field(default=["label"], min_length=1, description="Columns whose combinations are strata.")

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        if wish.task is not None and are_several(self.evened, wish):
            shared = share_singly(samples, self.evened, wish.task, wish.fractions, wish.seed)
            return Assignment(np.array(SPLITS, object)[shared].tolist())
        stratum, _ = strata(samples, self.evened)
        dealt = deal(samples["id"], stratum, wish.fractions, wish.seed)
        return Assignment(np.array(SPLITS, object)[dealt].tolist())
