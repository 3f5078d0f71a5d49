"""The tables that go from stage to stage, as Parquet with the same bytes for the same rows."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl

from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE_COLUMNS = {"id": pl.String, "path": pl.String, "digest": pl.String}
"""Columns every samples table starts with: `id` unique and stable, `path` relative to raw/, `digest` SHA-256."""

VOTE_COLUMNS = {"id": pl.String, "annotator": pl.String, "label": pl.String, "weight": pl.Float64}
"""What the source says about labels: one row an opinion; weights of one sample's votes are its label doubt."""

LATER_COLUMNS = ("row", "label", "label_origin", "label_confidence", "split", "fold")
"""Columns with a meaning of their own that later stages add."""


def attributes(samples: pl.DataFrame) -> list[str]:
    """Columns that are attributes: site, scanner, age band; for grouping, slices and bias checks."""
    known = {*SAMPLE_COLUMNS, *LATER_COLUMNS}
    return [column for column in samples.columns if column not in known and not column.endswith((".path", ".row"))]


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Writes a table into a draft folder (publication makes it whole).

    Floats are rounded to 6 digits so that the same computation on another machine gives the same bytes.

    Raises:
        OSError: the disk is full or fails; that is why Polars, which makes it an error of its own, writes to memory.
    """
    floats = [column for column, kind in table.schema.items() if kind.is_float()]
    content = BytesIO()
    table.with_columns(pl.col(floats).round(6)).write_parquet(content, compression="zstd", statistics=False)
    path.write_bytes(content.getbuffer())


def read_table(path: Path) -> pl.DataFrame:
    """Reads a table of an earlier stage.

    Raises:
        DlpipeError: it is missing or damaged.
    """
    try:
        return pl.read_parquet(path)
    except FileNotFoundError as error:
        stage = path.parent.name
        raise DlpipeError(f"{path} is missing", f"run `dlpipe {stage} {path.parent.parent.name}` first") from error
    except (pl.exceptions.PolarsError, OSError) as error:
        problem = f"{path} cannot be read as Parquet: {error}"
        raise DlpipeError(problem, f"remove {path.parent} and run its stage again", Exit.INTEGRITY) from error


def check_samples(samples: pl.DataFrame, maker: str) -> pl.DataFrame:
    """`samples`, sorted by id, if it keeps the contract of the samples table.

    Raises:
        ValueError: a column is missing or of another type, or an id is null or twice; a bug of `maker`.
    """
    for column, kind in SAMPLE_COLUMNS.items():
        if samples.schema.get(column) != kind:
            raise ValueError(f"{maker}: column '{column}' must be {kind}, is {samples.schema.get(column)}")
    if samples["id"].null_count() or samples["id"].n_unique() != samples.height:
        raise ValueError(f"{maker}: an id is null or stands twice")
    return samples.sort("id")
