"""Groups that stay whole, shared out so that every class comes near to its shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from dlpipe.split.groups import assigned, groups
from dlpipe.split.splitters import Assignment, Splitter, Wish
from dlpipe.split.strata import strata

if TYPE_CHECKING:
    import polars as pl


class GroupedStratified(Splitter):
    """Groups stay whole; every stratum (label, if not said otherwise) comes as near to its shares as groups allow."""

    by: str = Field(description="Column whose equal values stay together.")
    stratify: list[str] = Field(default=["label"], min_length=1, description="Columns whose combinations are strata.")

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        stratum, names = strata(samples, self.stratify)
        found = groups(samples, self.by)
        counts = np.zeros((len(found.names), len(names)), np.int64)
        np.add.at(counts, (found.of, stratum), 1)
        return assigned(found, counts, stratum, names, wish)
