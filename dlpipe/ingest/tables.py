"""Makes the tables that sources give, with only columns whose names are free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from dlpipe.core.table import LATER_COLUMNS, SAMPLE_COLUMNS, VOTE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RESERVED = frozenset({*SAMPLE_COLUMNS, *LATER_COLUMNS})
"""Columns with a meaning of their own; no attribute can have such a name."""


def is_free(name: str) -> bool:
    """Whether an attribute can be called so. Names like `left.path` belong to samples of several parts."""
    return bool(name.strip()) and name not in RESERVED and not name.endswith((".path", ".row"))


def samples_table(paths: Sequence[str], attributes: Mapping[str, Sequence[str | None]]) -> pl.DataFrame:
    """Columns `id` and `path`, which are the same for one file a sample, and attributes as text."""
    columns = {"id": paths, "path": paths, **attributes}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def votes_table(votes: Sequence[tuple[str, str, str, float]]) -> pl.DataFrame:
    """Votes as (id, annotator, label, weight); those without weight say nothing and are left out."""
    return pl.DataFrame([vote for vote in votes if vote[3] > 0], schema=VOTE_COLUMNS, orient="row")
