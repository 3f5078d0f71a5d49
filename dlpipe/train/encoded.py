"""Samples as the network takes them, decoded once and kept in memory where they fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import psutil

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.loop import each
from dlpipe.modalities import Reader, Unreadable

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from dlpipe.modalities import Modality

Array = np.ndarray[Any, Any]

_LARGEST_SHARE = 0.5
"""Share of the free memory that decoded samples may take."""


class Encoded(Protocol):
    """`encoded[i]` is sample i as a batch holds it: an image with its channels last, all else as the modality encodes."""

    def __getitem__(self, index: int, /) -> Array: ...

    def __len__(self) -> int: ...


class OnDemand:
    """Reads, checks, decodes and encodes a sample whenever it is asked for."""

    def __init__(self, modality: Modality, raw: Path, table: pl.DataFrame) -> None:
        self._modality = modality
        self._reader: Reader = modality.reader(raw, table)
        self._is_image = modality.layout == "image"

    def __len__(self) -> int:
        return len(self._reader)

    def __getitem__(self, index: int, /) -> Array:
        """Sample `index`.

        Raises:
            DlpipeError: it cannot be decoded, though `clean` kept it, or its bytes have changed (exit 5).
        """
        sample = self._reader[index]
        if isinstance(sample, Unreadable):
            problem = f"sample {sample.id} cannot be decoded ({sample.reason}: {sample.detail}), though `clean` kept it"
            raise DlpipeError(problem, "`dlpipe run` to clean again with this dlpipe", Exit.INTEGRITY)
        array = self._modality.encode(sample.value)
        return np.moveaxis(array, 0, -1) if self._is_image else array


def fit_in_memory(modality: Modality, count: int, num_processes: int) -> bool:
    """Whether `count` encoded samples may be kept in memory by each of this machine's processes."""
    item_bytes = 1 if modality.layout == "image" else 4
    needed = count * math.prod(modality.example_shape) * item_bytes * num_processes
    return needed <= _LARGEST_SHARE * psutil.virtual_memory().available


def kept_in_memory(source: OnDemand, what: str) -> Encoded:
    """All samples, decoded at once."""
    kept: Array | None = None
    for index, array in enumerate(each(source.__getitem__, range(len(source)), f"Decoding {what} samples")):
        if kept is None:
            kept = np.empty((len(source), *array.shape), dtype=array.dtype)
        kept[index] = array
    return kept if kept is not None else source
