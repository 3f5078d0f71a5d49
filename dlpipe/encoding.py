"""Samples of the raw folder as the batches of arrays that networks take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.isolated import Lost
from dlpipe.core.loop import each, each_isolated
from dlpipe.core.worker import Job
from dlpipe.modalities import Modality, Opener, Place, Unreadable

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


@dataclass(frozen=True)
class _Encode:
    """A sample as the network takes it. It may be sent to other processes."""

    opener: Opener

    def __call__(self, place: Place) -> np.ndarray[Any, Any] | Unreadable:
        sample = self.opener(place)
        return sample if isinstance(sample, Unreadable) else self.opener.modality.encode(sample.value)


class EncodedSamples:
    """Iterates over the readable samples of a table in its order; `unreadable` grows on the way."""

    def __init__(
        self, modality: Modality, raw: Path, samples: pl.DataFrame, description: str, *, isolated: bool = False
    ) -> None:
        """`isolated` is for samples that nobody has decoded yet: one that crashes its decoder is unreadable then."""
        self._reader = modality.reader(raw, samples)
        self._description = description
        self._isolated = isolated
        self.unreadable: list[Unreadable] = []

    def _values(self) -> Iterator[np.ndarray[Any, Any] | Unreadable]:
        encode, places = _Encode(self._reader.opener), self._reader.places
        if not self._isolated:
            yield from each(encode, places, self._description)
            return
        modality = self._reader.opener.modality
        job = Job(encode, modality.seconds, modality.imports)
        for place, value in zip(places, each_isolated(job, places, self._description), strict=True):
            yield Unreadable(place.id, value.reason, value.detail) if isinstance(value, Lost) else value

    def __iter__(self) -> Iterator[Batch]:
        positions: list[int] = []
        arrays: list[np.ndarray[Any, Any]] = []
        for position, value in enumerate(self._values()):
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
