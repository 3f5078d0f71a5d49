"""The split that the data set came with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from dlpipe.core.errors import DlpipeError
from dlpipe.split.chance import chance
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish
from dlpipe.split.strata import column

if TYPE_CHECKING:
    import polars as pl

_WORDS = {"training": "train", "validation": "val", "valid": "val", "dev": "val", "testing": "test"}


class Predefined(Splitter):
    """The split that a column gives: train, val or test (also training, validation, valid, dev, testing)."""

    column: str = Field(description="Column with the split; samples without a value are in none.")
    val_from_train: float = Field(
        default=0, ge=0, lt=1, description="Share of train that becomes val, by hash of the id, where there is no val."
    )

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        values = column(samples, self.column, "column").to_list()
        words = [
            None if value is None else _WORDS.get(value.strip().lower(), value.strip().lower()) for value in values
        ]
        strange = sorted({value for value, word in zip(values, words, strict=True) if value and word not in SPLITS})
        if strange:
            problem = f"column '{self.column}' holds {', '.join(repr(value) for value in strange[:5])}"
            raise DlpipeError(problem, "let it hold train, val or test, or nothing for samples that are in none")
        splits = [word or None for word in words]
        missed = self._val(splits, samples["id"].to_list(), wish.seed)
        if splits.count(None):
            missed.append(f"{splits.count(None)} labelled samples have no '{self.column}' and are in no split")
        return Assignment(splits, missed)

    def _val(self, splits: list[str | None], ids: list[str], seed: int) -> list[str]:
        """Moves a share of train to val in place, if that is wished and there is no val; says so."""
        if "val" in splits or not self.val_from_train:
            return []
        for row, (split, sample_id) in enumerate(zip(splits, ids, strict=True)):
            if split == "train" and chance(seed, sample_id) < self.val_from_train:
                splits[row] = "val"
        return [f"'{self.column}' has no val: {splits.count('val')} samples of train were taken"]
