"""Classes of samples that a split should share out evenly, and how far it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.split.splitters import SPLITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from dlpipe.split.splitters import Fractions

Array = np.ndarray[Any, Any]

NOTED = 0.05
"""A share that is further than this from what was wished is reported, if that is a whole sample."""


def column(samples: pl.DataFrame, name: str, setting: str) -> pl.Series:
    """Column `name` as text, null where it is.

    Raises:
        DlpipeError: there is none.
    """
    import polars as pl

    if name not in samples.columns:
        usable = [known for known in samples.columns if known not in {"path", "digest"}]
        problem = f"split.splitter.{setting}: the samples have no column '{name}'; {nearest(name, usable)}"
        raise DlpipeError(problem, f"name a column that they have: {', '.join(usable)}")
    return samples[name].cast(pl.String)


def strata(samples: pl.DataFrame, names: Sequence[str], setting: str = "stratify") -> tuple[Array, list[str]]:
    """The stratum of every sample, (n,) indices, and what the strata are called, by name.

    Raises:
        DlpipeError: a column is missing.
    """
    import polars as pl

    if not samples.height:
        return np.zeros(0, np.intp), [] if names else ["all"]
    if not names:
        return np.zeros(samples.height, np.intp), ["all"]
    keys = pl.DataFrame(
        [column(samples, name, setting).fill_null("unknown").alias(f"{place}") for place, name in enumerate(names)]
    )
    of, known = numbered(keys)
    return of, [", ".join(key) for key in known.iter_rows()]


def numbered(keys: pl.DataFrame) -> tuple[Array, pl.DataFrame]:
    """The number of every row's key, (n,) indices, and the keys: those that there are, sorted."""
    known = keys.unique().sort(keys.columns)
    of = keys.join(known.with_row_index("number"), on=keys.columns, how="left", maintain_order="left")["number"]
    return of.to_numpy().astype(np.intp), known


def numbers_of(splits: Sequence[str | None]) -> Array:
    """Splits as numbers: places in `SPLITS`, -1 for none. Shape (n,)."""
    import polars as pl

    places = {split: place for place, split in enumerate(SPLITS)}
    found = pl.Series(splits, dtype=pl.String).replace_strict(places, default=-1, return_dtype=pl.Int64)
    return found.to_numpy()


def shortfalls(stratum: Array, names: Sequence[str], splits: Sequence[str | None], wished: Fractions) -> list[str]:
    """A sentence for each stratum's share of a split that is more than 5 points, and a sample, from the wish."""
    counts = np.zeros((len(names), len(SPLITS) + 1), np.int64)
    np.add.at(counts, (stratum, numbers_of(splits)), 1)  # the last column counts those in none
    return sentences(counts, names, wished)


def sentences(counts: Array, names: Sequence[str], wished: Fractions) -> list[str]:
    """The same from counts of (stratum, split); the last column has those in no split."""
    told: list[str] = []
    for name, row in zip(names, counts.tolist(), strict=True):
        inside = sum(row)
        for split, fraction, count in zip(SPLITS, wished, row, strict=False):
            share = count / max(inside, 1)
            if abs(share - fraction) > NOTED and abs(count - fraction * inside) >= 1:
                told.append(f"{split} has {count} of {inside} of {name} ({share:.0%}, wished {fraction:.0%})")
    return told
