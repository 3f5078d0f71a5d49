"""The past for training, the future for the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish
from dlpipe.split.strata import column
from dlpipe.split.times import times

if TYPE_CHECKING:
    import polars as pl

Array = np.ndarray[Any, Any]


class Time(Splitter):
    """By time: all of train lies before all of val, and val before test; samples of one time stay together."""

    is_given: ClassVar[bool] = True

    column: str = Field(description="Column with numbers or dates (2024-05-01, 2024-05-01T12:00:00).")

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        when = times(column(samples, self.column, "column"))
        known = ~np.isnan(when)
        splits = np.full(samples.height, None, object)
        if known.any():
            splits[known] = np.array(SPLITS, object)[self._split(when[known], wish)]
        unknown = samples.height - int(known.sum())
        return Assignment(
            splits.tolist(), [f"{unknown} samples have no '{self.column}' and are in no split"] if unknown else []
        )

    def _split(self, when: Array, wish: Wish) -> Array:
        """Place in `SPLITS` of every sample, cut between two times where the shares come nearest to the wish."""
        moments, counts = np.unique(when, return_counts=True)
        if len(moments) < len(SPLITS):
            problem = f"'{self.column}' has {len(moments)} different times for {len(when)} samples: train, val and test need 3"
            raise DlpipeError(problem, "name a column with finer times, or use {name: stratified}", Exit.NO)
        before = np.cumsum(counts) / len(when)
        train, val, _ = wish.fractions
        first = min(int(np.argmin(np.abs(before - train))), len(moments) - 3)
        second = first + 1 + int(np.argmin(np.abs(before[first + 1 : -1] - (train + val))))
        return np.searchsorted(moments[[first, second]], when, "left")
