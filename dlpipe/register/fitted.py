"""Which samples a model has seen, so that nobody measures it on them later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from dlpipe.core.champion import FITTED
from dlpipe.core.table import read_table, write_table

if TYPE_CHECKING:
    from pathlib import Path


def write_fitted(split: Path, folder: Path) -> tuple[Path, int]:
    """Writes `fitted.parquet` into `folder`: id, digest (and row) of every sample of train and val, sorted by id.

    Val counts: temperature, operating point and the best epoch were chosen on it.

    Args:
        split: `split/samples.parquet`.
        folder: Where it is written.

    Returns:
        Its path, and how many samples it names.
    """
    samples = read_table(split)
    columns = [name for name in ("id", "digest", "row") if name in samples.columns]
    seen = samples.filter(pl.col("split").is_in(["train", "val"])).select(columns).sort("id")
    path = folder / FITTED
    write_table(seen, path)
    return path, seen.height
