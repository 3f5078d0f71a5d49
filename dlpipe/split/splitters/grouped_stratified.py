"""Groups that stay whole, shared out so that every class comes near to its shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from dlpipe.split.groups import groups
from dlpipe.split.memberships import are_several, share_groups
from dlpipe.split.sharing import share_out
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish
from dlpipe.split.strata import strata

if TYPE_CHECKING:
    import polars as pl


class GroupedStratified(Splitter):
    """Groups stay whole; every stratum (label, if not said otherwise) comes as near to its shares as groups allow."""

    by: str = Field(description="Column whose equal values stay together.")
    stratify: list[str] = Field(default=["label"], min_length=1, description="Columns whose combinations are strata.")

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        found = groups(samples, self.by)
        if wish.task is not None and are_several(self.evened, wish):
            shared = share_groups(found, samples, self.evened, wish.task, wish.fractions, wish.seed)
            return Assignment([SPLITS[split] for split in shared.tolist()], found.notes())
        stratum, names = strata(samples, self.evened)
        chosen = share_out(found.counts(stratum, len(names)), found.names, wish.fractions, wish.seed)
        return Assignment([SPLITS[split] for split in chosen[found.of].tolist()], found.notes())
