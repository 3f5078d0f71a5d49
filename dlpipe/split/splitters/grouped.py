"""Groups that stay whole, shared out by their sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from dlpipe.split.groups import groups
from dlpipe.split.sharing import share_out
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish
from dlpipe.split.strata import strata

if TYPE_CHECKING:
    import polars as pl


class Grouped(Splitter):
    """Groups (patients, days, modules) stay whole, and the splits come as near to their sizes as groups allow."""

    by: str = Field(description="Column whose equal values stay together.")

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        stratum, names = strata(samples, self.evened)
        found = groups(samples, self.by)
        chosen = share_out(found.counts(stratum, len(names)), found.names, wish.fractions, wish.seed)
        return Assignment([SPLITS[split] for split in chosen[found.of].tolist()], found.notes())
