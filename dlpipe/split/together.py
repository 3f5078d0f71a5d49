"""Every splitter sees copies of one another as one: here, once, and not in each of them.

* A splitter that keeps groups whole gets groups that hold copies of one another as one group.
* One that is given where each sample goes is believed; copies then stay on the last side (test before val before
  train) and leave the others, for the test must hold nothing that was learnt.
* Any other is asked about the first sample of each cluster, by id, and the copies follow it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.split.clusters import joined
from dlpipe.split.splitters import SPLITS, Assignment
from dlpipe.split.strata import numbered, numbers_of

if TYPE_CHECKING:
    import polars as pl

    from dlpipe.split.splitters import Splitter, Wish

Array = np.ndarray[Any, Any]


def assign_together(splitter: Splitter, samples: pl.DataFrame, cluster: Array, wish: Wish) -> Assignment:
    """What a splitter says of samples whose clusters (n,) stay together."""
    if not samples.height or np.bincount(cluster).max() == 1:
        return splitter.assign(samples, wish)
    if splitter.is_given:
        return _on_the_last_side(splitter.assign(samples, wish), cluster)
    by = splitter.kept_whole
    if by is not None and by in samples.columns:
        return _as_groups(splitter, samples, cluster, wish, by)
    return _by_the_first(splitter, samples, cluster, wish)


def _on_the_last_side(given: Assignment, cluster: Array) -> Assignment:
    place = numbers_of(given.splits)
    last = np.full(cluster.max() + 1, -1)
    np.maximum.at(last, cluster, place)
    leaving = (place >= 0) & (place < last[cluster])
    splits = [None if leaves else split for split, leaves in zip(given.splits, leaving.tolist(), strict=True)]
    left = [f"{(leaving & (place == number)).sum()} of {split}" for number, split in enumerate(SPLITS[:-1])]
    note = f"copies on several sides: {' and '.join(left)} are in no split, for val or test has a copy of each"
    return Assignment(splits, [*given.notes, note] if leaving.any() else given.notes, given.folds)


def _as_groups(splitter: Splitter, samples: pl.DataFrame, cluster: Array, wish: Wish, by: str) -> Assignment:
    import polars as pl

    value = pl.col(by).cast(pl.String)
    keys = samples.select(pl.coalesce(value, pl.lit("\0") + pl.col("id")).alias("group"))
    of, known = numbered(keys)
    part = joined(known.height + int(cluster.max()) + 1, of, known.height + cluster)[of]
    # the smallest name of those that are joined; an id where none of them has a value
    names = pl.DataFrame([samples[by].cast(pl.String).alias("value"), samples["id"], pl.Series("part", part)])
    name = pl.coalesce(pl.col("value").min().over("part"), pl.col("id").min().over("part"))
    several = pl.Series("group", of).n_unique()
    numbers = names.with_columns(pl.Series("of", of)).with_columns(
        pl.when(pl.col("of").n_unique().over("part") > 1).then(name).otherwise("value").alias(by)
    )
    assignment = splitter.assign(samples.with_columns(numbers[by]), wish)
    fewer = several - len(np.unique(part))
    note = f"copies lie in several groups of '{by}': {several} groups became {several - fewer} that stay whole"
    return Assignment(assignment.splits, [*assignment.notes, note] if fewer else assignment.notes, assignment.folds)


def _by_the_first(splitter: Splitter, samples: pl.DataFrame, cluster: Array, wish: Wish) -> Assignment:
    import polars as pl

    order = samples.select(pl.arg_sort_by("id")).to_series().to_numpy()
    _, places = np.unique(cluster[order], return_index=True)
    assignment = splitter.assign(samples[order[places]], wish)
    splits = np.array(assignment.splits, object)[cluster].tolist()
    folds = None if assignment.folds is None else np.array(assignment.folds)[cluster].tolist()
    return Assignment(splits, assignment.notes, folds)


def parted(splits: list[str | None], cluster: Array) -> int:
    """How many clusters lie in more than one split."""
    place = numbers_of(splits)
    inside = place >= 0
    pairs = np.unique(np.stack([cluster[inside], place[inside]]), axis=1)
    return int((np.bincount(pairs[0]) > 1).sum())
