"""Groups that stay whole, shared out by their sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from dlpipe.split.groups import assigned, groups
from dlpipe.split.splitters import Assignment, Splitter, Wish
from dlpipe.split.strata import strata

if TYPE_CHECKING:
    import polars as pl


class Grouped(Splitter):
    """Groups (patients, days, modules) stay whole, and the splits come as near to their sizes as groups allow."""

    by: str = Field(description="Column whose equal values stay together.")

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        stratum, names = strata(samples, [])
        found = groups(samples, self.by)
        counts = np.bincount(found.of, minlength=len(found.names))[:, None]
        return assigned(found, counts, stratum, names, wish)
