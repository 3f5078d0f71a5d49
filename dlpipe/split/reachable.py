"""The nearest that can be had, where a wish cannot: columns with enough groups, fractions that groups allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.table import attributes
from dlpipe.split.strata import NOTED, numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from dlpipe.split.splitters import Fractions, Splitter

_NAMED = 3
"""Columns that a message proposes."""


def finer(samples: pl.DataFrame, at_least: int) -> str:
    """Which attributes have enough values to group by, the coarsest first: groups should be as large as they can be."""
    sizes = {name: samples[name].drop_nulls().n_unique() for name in attributes(samples)}
    enough = sorted((size, name) for name, size in sizes.items() if size >= at_least)
    if not enough:
        return f"group by a column with at least {at_least} values (no attribute has so many)"
    shown = ", ".join(f"'{name}' ({size} values)" for size, name in enough[:_NAMED])
    return f"group by a column with at least {at_least} values: {shown}"


def proposal(splitter: Splitter, samples: pl.DataFrame, splits: Sequence[str | None], wished: Fractions) -> Any:
    """The fractions that were reached and why no others could be; None where they are as wished.

    They are the nearest possible for a splitter that searches, and what came out for one that goes by chance or facts.
    """
    counts = np.bincount(numbers_of(splits)[numbers_of(splits) >= 0], minlength=len(wished))
    shares = counts / max(int(counts.sum()), 1)
    if (np.abs(shares - wished) <= NOTED).all() or (np.abs(counts - np.array(wished) * counts.sum()) < 1).all():
        return None
    train, val = (round(float(share), 3) for share in shares[:2])
    fractions = {"train": train, "val": val, "test": round(1 - train - val, 3)}
    return {"fractions": fractions, "because": _because(splitter, samples)}


def _because(splitter: Splitter, samples: pl.DataFrame) -> str:
    by = splitter.kept_whole
    if by is not None:
        largest = samples.drop_nulls(by).group_by(by).len().sort(["len", by], descending=[True, False])
        name, size = largest.row(0) if largest.height else ("", 1)
        return f"groups of '{by}' stay whole, and '{name}' alone has {size} of {samples.height} samples"
    if splitter.is_given:
        return "a fact of each sample decides, and copies of one another lie on one side"
    if splitter.name == "hashed":
        return "the hash decides of each sample alone; {name: random} and {name: stratified} are right to one sample"
    return "copies of one another stay together"
