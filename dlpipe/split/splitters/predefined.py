"""The split that the data set came with."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from dlpipe.core.errors import DlpipeError
from dlpipe.split.chance import chances
from dlpipe.split.splitters import SPLITS, Assignment, Fractions, Splitter, Wish
from dlpipe.split.strata import column
from dlpipe.split.words import split_words

if TYPE_CHECKING:
    import polars as pl


class Predefined(Splitter):
    """The split that a column gives: train, val or test (also training, validation, valid, dev, testing)."""

    is_given: ClassVar[bool] = True

    column: str = Field(description="Column with the split; samples without a value are in none.")
    val_from_train: float = Field(
        default=0, ge=0, lt=1, description="Share of train that becomes val, by hash of the id, where there is no val."
    )

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        words = split_words(column(samples, self.column, "column"))
        strange = words.filter(words.is_not_null() & ~words.is_in(SPLITS)).unique().sort().to_list()
        if strange:
            given = samples.filter(words.is_in(strange))[self.column].unique().sort().to_list()
            problem = f"column '{self.column}' holds {', '.join(repr(value) for value in given[:5])}"
            raise DlpipeError(problem, "let it hold train, val or test, or nothing for samples that are in none")
        splits: list[str | None] = words.to_list()
        notes = self._val(splits, samples["id"], wish.seed)
        if splits.count(None):
            notes.append(f"{splits.count(None)} labelled samples have no '{self.column}' and are in no split")
        return Assignment(splits, notes)

    def wished(self, wish: Wish) -> Fractions | None:  # noqa: ARG002 - the kind's signature
        return None

    def _val(self, splits: list[str | None], ids: pl.Series, seed: int) -> list[str]:
        """Moves a share of train to val in place, if that is wished and there is no val; says so."""
        if "val" in splits or not self.val_from_train:
            return []
        for row in np.flatnonzero(chances(seed, ids) < self.val_from_train).tolist():
            if splits[row] == "train":
                splits[row] = "val"
        return [f"'{self.column}' has no val: {splits.count('val')} samples of train were taken"]
