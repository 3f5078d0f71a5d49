"""Votes for sets of classes, settled class by class: each class is a question of yes and no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.tasks import Task

YES, NO = "yes", "no"


def by_class(ask: Callable[[pl.DataFrame], pl.DataFrame], votes: pl.DataFrame, task: Task) -> pl.DataFrame:
    """The classes that each sample has, by a labeler that knows one label a sample.

    Who voted for a set of classes voted yes for each of them, and no for every other class. A sample gets a label only if
    every class is settled: who is in doubt about one class has said nothing of the whole set.

    Args:
        ask: Turns votes for `yes` and `no` into labels, as `Labeler.label` does.
        votes: `dlpipe.core.table.VOTE_COLUMNS`; their labels name any number of classes.
        task: What reads and writes such labels.

    Returns:
        `id`, `label`, `label_origin`, and `label_confidence`, which is that of the class that is the least sure.
    """
    sets = {label: set(task.names(label)) for label in votes["label"].unique()}
    classes = sorted(set().union(*sets.values())) or [""]  # where nobody names a class all say no to the one question
    answers = [_answered(ask, votes, name, sets) for name in classes]
    told = pl.concat(answers).group_by("id", maintain_order=True)
    settled = told.agg(
        pl.col("name").filter(pl.col("label") == YES).alias("names"),
        pl.col("label_confidence").min(),
        pl.col("label_origin").first(),
        pl.len().alias("settled"),
    ).filter(pl.col("settled") == len(classes))
    labels = [task.joined(names) for names in settled["names"].to_list()]
    return settled.with_columns(label=pl.Series(labels, dtype=pl.String)).sort("id")


def _answered(
    ask: Callable[[pl.DataFrame], pl.DataFrame], votes: pl.DataFrame, name: str, sets: dict[str, set[str]]
) -> pl.DataFrame:
    said = [YES if name in sets[label] else NO for label in votes["label"]]
    return ask(votes.with_columns(label=pl.Series(said, dtype=pl.String))).with_columns(name=pl.lit(name))
