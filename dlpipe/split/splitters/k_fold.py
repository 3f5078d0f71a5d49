"""Folds, of which each is the test once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, model_validator

from dlpipe.split.dealing import deal
from dlpipe.split.groups import groups
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
        stratum, names = strata(samples, self.evened)
        even, notes = [1 / self.folds] * self.folds, []
        if self.by is None:
            fold = deal(samples["id"], stratum, even, wish.seed)
        else:
            found = groups(samples, self.by, at_least=self.folds)
            fold = share_out(found.counts(stratum, len(names)), found.names, even, wish.seed)[found.of]
            notes = found.notes()
        turn = (fold - self.fold) % self.folds
        splits = np.array(["test", "val", "train"], object)[np.minimum(turn, 2)]
        return Assignment(splits.tolist(), notes, fold.tolist())

    def wished(self, wish: Wish) -> Fractions | None:  # noqa: ARG002 - the kind's signature
        return 1 - 2 / self.folds, 1 / self.folds, 1 / self.folds
