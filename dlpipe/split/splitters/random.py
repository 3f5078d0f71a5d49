"""Every sample by chance alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlpipe.split.dealing import deal
from dlpipe.split.splitters import SPLITS, Assignment, Splitter, Wish

if TYPE_CHECKING:
    import polars as pl


class Random(Splitter):
    """By chance, in shares that are right to one sample; who is where changes when samples are added."""

    def assign(self, samples: pl.DataFrame, wish: Wish) -> Assignment:
        dealt = deal(samples["id"], np.zeros(samples.height, np.intp), wish.fractions, wish.seed)
        return Assignment(np.array(SPLITS, object)[dealt].tolist())
