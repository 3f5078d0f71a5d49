"""Samples of the raw folder as the batches of arrays that networks take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.loop import each
from dlpipe.modalities import Modality, Unreadable

if TYPE_CHECKING:
    import polars as pl

BATCH_SIZE = 64


@dataclass(frozen=True)
class Batch:
    """Up to `BATCH_SIZE` samples."""

    positions: list[int]
    """Rows of the samples table, n of them."""
    inputs: np.ndarray[Any, Any]
    """Shape (n, *example_shape)."""


class EncodedSamples:
    """Iterates over the readable samples of a table in its order; `unreadable` grows on the way."""

    def __init__(self, modality: Modality, raw: Path, samples: pl.DataFrame, description: str) -> None:
        self._modality = modality
        self._reader = modality.reader(raw, samples)
        self._description = description
        self.unreadable: list[Unreadable] = []

    def _encoded(self, position: int) -> np.ndarray[Any, Any] | Unreadable:
        sample = self._reader[position]
        return sample if isinstance(sample, Unreadable) else self._modality.encode(sample.value)

    def __iter__(self) -> Iterator[Batch]:
        positions: list[int] = []
        arrays: list[np.ndarray[Any, Any]] = []
        for position, value in enumerate(each(self._encoded, range(len(self._reader)), self._description)):
            if isinstance(value, Unreadable):
                self.unreadable.append(value)
                continue
            positions.append(position)
            arrays.append(value)
            if len(arrays) == BATCH_SIZE:
                yield Batch(positions, np.stack(arrays))
                positions, arrays = [], []
        if arrays:
            yield Batch(positions, np.stack(arrays))
