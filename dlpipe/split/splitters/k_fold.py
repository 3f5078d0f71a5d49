"""Folds, of which each is the test once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, model_validator

from dlpipe.split.dealing import deal
from dlpipe.split.groups import groups
from dlpipe.split.memberships import are_several, share_groups, share_singly
from dlpipe.split.sharing import share_out
from dlpipe.split.splitters import Assignment, Fractions, Splitter, Wish
from dlpipe.split.strata import strata

if TYPE_CHECKING:
    import polars as pl


class KFold(Splitter):
    """Folds of equal size: `fold` is the test, the next one val, the others train; which folds there are is the same for each.

    The table gets a column `fold`. k trainings are k experiments that differ in `fold` alone; `fractions` is not used.
    """

    folds: int = Field(default=5, ge=3, le=100, description="How many folds.")
    fold: int = Field(default=0, ge=0, description="The fold that is the test, from 0; the one after it is val.")
    by: str | None = Field(default=None, description="Column whose equal values stay in one fold; none if not said.")
    stratify: list[str] = Field(
        default=["label"], description="Columns whose combinations are shared out evenly; [] for chance alone."
    )

    @model_validator(mode="after")
    def _there(self) -> KFold:
        if self.fold >= self.folds:
            raise ValueError(f"fold {self.fold} is none of 0 to {self.folds - 1}")
        return self

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        fold, notes = self._dealt(samples, wish)
        turn = (fold - self.fold) % self.folds
        splits = np.array(["test", "val", "train"], object)[np.minimum(turn, 2)]
        return Assignment(splits.tolist(), notes, fold.tolist())

    def _dealt(self, samples: pl.DataFrame, wish: Wish) -> tuple[np.ndarray[Any, Any], list[str]]:
        """The fold of every sample, (n,), and what a person should know."""
        even = [1 / self.folds] * self.folds
        task = wish.task if are_several(self.evened, wish) else None
        if self.by is None:
            if task is not None:
                return share_singly(samples, self.evened, task, even, wish.seed), []
            return deal(samples["id"], strata(samples, self.evened)[0], even, wish.seed), []
        found = groups(samples, self.by, at_least=self.folds)
        if task is not None:
            return share_groups(found, samples, self.evened, task, even, wish.seed), found.notes()
        stratum, names = strata(samples, self.evened)
        return share_out(found.counts(stratum, len(names)), found.names, even, wish.seed)[found.of], found.notes()

    def wished(self, wish: Wish) -> Fractions | None:  # noqa: ARG002 - the kind's signature
        return 1 - 2 / self.folds, 1 / self.folds, 1 / self.folds
