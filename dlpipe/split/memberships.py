"""Strata of samples that may have several labels: a sample then belongs to one for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.split.iterative import share_iteratively
from dlpipe.split.sharing import share_out
from dlpipe.split.splitters import SPLITS
from dlpipe.split.strata import numbers_of, sentences, strata

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from dlpipe.split.groups import Groups
    from dlpipe.split.splitters import Fractions, Wish
    from dlpipe.tasks import Task

Array = np.ndarray[Any, Any]

LABEL = "label"
NONE = "(none)"
"""The stratum of samples that have no class."""


def are_several(names: Sequence[str], wish: Wish) -> bool:
    """Whether strata by these columns overlap: the label is one of them, and a sample may have several."""
    return wish.task is not None and wish.task.several and LABEL in names


def memberships(samples: pl.DataFrame, names: Sequence[str], task: Task) -> tuple[Array, list[str]]:
    """Which strata every sample belongs to, (n, S) bool, and what they are called: classes, each within the other columns.

    Raises:
        DlpipeError: a column is missing.
    """
    others = [name for name in names if name != LABEL]
    of, called = strata(samples, others)
    sets = [task.names(label) or [NONE] for label in samples[LABEL].to_list()]
    pairs = [[(int(place), name) for name in found] for place, found in zip(of, sets, strict=True)]
    known = sorted({pair for found in pairs for pair in found})
    index = {pair: number for number, pair in enumerate(known)}
    members = np.zeros((samples.height, len(known)), dtype=bool)
    for row, found in enumerate(pairs):
        members[row, [index[pair] for pair in found]] = True
    return members, [f"{called[place]}, {name}" if others else name for place, name in known]


def share_singly(
    samples: pl.DataFrame, names: Sequence[str], task: Task, fractions: Sequence[float], seed: int
) -> Array:
    """The split of every sample, each for itself. Shape (n,)."""
    members, _ = memberships(samples, names, task)
    return share_iteratively(samples["id"], members, fractions, seed)


def share_groups(
    found: Groups, samples: pl.DataFrame, names: Sequence[str], task: Task, fractions: Sequence[float], seed: int
) -> Array:
    """The split of every sample, groups whole. Shape (n,)."""
    members, _ = memberships(samples, names, task)
    whole = np.ones((samples.height, 1), dtype=np.int64)
    counts = np.zeros((len(found.names), members.shape[1] + 1), dtype=np.int64)
    np.add.at(counts, found.of, np.concatenate([members, whole], axis=1))
    return share_out(counts, found.names, fractions, seed)[found.of]


def shortfalls_of(
    samples: pl.DataFrame, names: Sequence[str], task: Task, splits: Sequence[str | None], wished: Fractions
) -> list[str]:
    """As `dlpipe.split.strata.shortfalls`, of strata that overlap."""
    members, called = memberships(samples, names, task)
    counts = np.zeros((len(called), len(SPLITS) + 1), dtype=np.int64)
    np.add.at(counts.T, numbers_of(splits), members)  # the last column counts those in none
    return sentences(counts, called, wished)
