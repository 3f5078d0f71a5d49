"""Samples that must stay together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.split.sharing import share_out
from dlpipe.split.splitters import SPLITS, Assignment
from dlpipe.split.strata import column, shortfalls

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from dlpipe.split.splitters import Wish

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Groups:
    """The group of every sample."""

    by: str
    names: list[str]
    """Sorted."""
    of: Array
    """Shape (n,), indices into `names`."""
    num_alone: int
    """Samples without a value; each is a group of its own."""


def groups(samples: pl.DataFrame, by: str) -> Groups:
    """Groups by the values of one column.

    Raises:
        DlpipeError: the column is missing, or its groups cannot fill three splits (exit 3).
    """
    values = column(samples, by, "by").to_list()
    # a NUL keeps the name of a sample without a value apart from every value
    keys = [f"\0{key}" if value is None else value for value, key in zip(values, samples["id"], strict=True)]
    names = sorted(set(keys))
    if samples.height and len(names) < len(SPLITS):
        shown = ", ".join(f"'{name}' with {keys.count(name)}" for name in names)
        problem = f"'{by}' has {len(names)} group{'s' * (len(names) > 1)} ({shown} samples): no way to fill train, val and test"
        raise DlpipeError(problem, "group by a column with at least 3 values, or use {name: stratified}", Exit.NO)
    place = {name: number for number, name in enumerate(names)}
    return Groups(by, names, np.array([place[key] for key in keys], dtype=np.intp), values.count(None))


def assigned(found: Groups, counts: Array, stratum: Array, names: Sequence[str], wish: Wish) -> Assignment:
    """Groups shared out by `counts` (G, S), and what that could not satisfy of the strata."""
    chosen = share_out(counts, found.names, wish.fractions, wish.seed)
    splits: list[str | None] = [SPLITS[split] for split in chosen[found.of].tolist()]
    missed = shortfalls(stratum, names, splits, wish)
    if found.num_alone:
        missed.append(f"{found.num_alone} samples have no '{found.by}': each was taken for a group of its own")
    return Assignment(splits, missed)
