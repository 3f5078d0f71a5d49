"""What checks of the set know of classes: the label that most weight speaks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from dlpipe.tasks import Task


def by_class(votes: pl.DataFrame, task: Task | None) -> pl.DataFrame:
    """Votes with a row for each class that a label names: none for an empty one. As they are where a label is a class."""
    import polars as pl

    if task is None or not task.several:
        return votes
    names = [task.names(label) for label in votes["label"]]
    return votes.with_columns(label=pl.Series(names, dtype=pl.List(pl.String))).explode("label").drop_nulls("label")


def leading(votes: pl.DataFrame) -> pl.DataFrame:
    """`id` and `label`, a row for each sample with a vote; of equally weighty labels the first by name. Sorted by id."""
    import polars as pl

    summed = votes.group_by("id", "label").agg(pl.col("weight").sum())
    best = summed.sort(["id", "weight", "label"], descending=[False, True, False])
    return best.unique("id", keep="first", maintain_order=True).select("id", "label")


def class_counts(votes: pl.DataFrame) -> list[tuple[str, int]]:
    """Classes with their numbers of samples, the largest first."""
    counted = leading(votes).group_by("label").len().sort(["len", "label"], descending=[True, False])
    return list(counted.iter_rows())
