"""Groups by label: what group-balanced training and group-DRO treat alike (for elpv: mono and poly, sound and defective).

Sagawa et al. (Distributionally robust neural networks for group shifts, ICLR 2020) call them groups; here a group is an
attribute's value, and a cell is a group's samples of one label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.core.table import attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.dataset import Dataset
    from dlpipe.train.samples import Lesson
    from dlpipe.train.stage import Config

Array = np.ndarray[Any, Any]

_MOST = 200
"""More cells than that are ids, not groups."""
_MISSING = "(missing)"


def cells_of(parts: Mapping[str, pl.DataFrame], dataset: Dataset, config: Config) -> tuple[dict[str, Array], list[str]]:
    """The cell of every sample of each part, and the names of the cells that training samples are in.

    Cells that only `val` has come after those and have no name: nothing is learnt for them.

    Raises:
        DlpipeError: no attribute is named, there is no such attribute, or it has too many values.
    """
    if config.group_balance == "none" and not config.objective.by_group:
        return {name: np.zeros(part.height, dtype=np.int64) for name, part in parts.items()}, []
    columns = config.groups or dataset.groups
    if not columns:
        problem = (
            "group-balanced training and group_dro need groups, and neither train.groups nor dataset.groups names any"
        )
        raise DlpipeError(problem, "name an attribute: `train.groups: [site]`")
    named = {name: _named(part, columns) for name, part in parts.items()}
    learnt = sorted(set(named["train"]))
    if len(learnt) > _MOST:
        problem = f"train.groups: {', '.join(columns)} by label make {len(learnt):,} groups of the training samples"
        raise DlpipeError(problem, f"name attributes of a few values, {_MOST} groups at most")
    place = {cell: number for number, cell in enumerate([*learnt, *sorted(set(named["val"]) - set(learnt))])}
    return {name: np.array([place[cell] for cell in cells], dtype=np.int64) for name, cells in named.items()}, learnt


def _named(part: pl.DataFrame, columns: list[str]) -> list[str]:
    known = attributes(part)
    for column in columns:
        if column not in known:
            problem = f"train.groups: the samples have no attribute '{column}'; {nearest(column, known)}"
            raise DlpipeError(problem, "name a column of ingest/samples.parquet in the pipeline file")
    values = [pl.col(column).cast(pl.String).fill_null(_MISSING) for column in columns]
    return part.select(pl.concat_str([*values, pl.col("label")], separator=" · ")).to_series().to_list()


def balanced_order(cells: Array, generator: np.random.Generator) -> tuple[Array, Array]:
    """As many showings as there are samples, every cell getting the same number of them (or one more or less).

    A rare cell's samples are shown again and again, each as often as the others of its cell (or once more); of a
    frequent cell some are left out (Idrissi et al., Simple data balancing achieves competitive worst-group-accuracy,
    CLeaR 2022).

    Args:
        cells: Shape (n,), the cell of every sample; n ≥ 1.
        generator: Where chance comes from.

    Returns:
        Which samples in which order, and the number of times each was shown before. Both (n,) int64.
    """
    present = np.unique(cells)
    quotas = np.full(present.size, len(cells) // present.size)
    quotas[generator.permutation(present.size)[: len(cells) % present.size]] += 1
    shown: list[Array] = []
    rounds: list[Array] = []
    for cell, quota in zip(present, quotas, strict=True):
        members = np.flatnonzero(cells == cell)
        times = -(-quota // members.size)
        passes = [generator.permutation(members) for _ in range(times)]
        shown.append(np.concatenate([*passes, members[:0]])[:quota])
        rounds.append(np.repeat(np.arange(times), members.size)[:quota])
    mixed = generator.permutation(len(cells))
    return np.concatenate(shown)[mixed].astype(np.int64), np.concatenate(rounds)[mixed].astype(np.int64)


def cost(lesson: Lesson, config: Config) -> str:
    """What learning by groups costs, in words."""
    sizes = np.bincount(lesson.train.cells, minlength=len(lesson.cells))
    rare = int(sizes.argmin())
    name, size = lesson.cells[rare], int(sizes[rare])
    times = len(lesson.train) / len(sizes) / size
    what = {
        "sampling": f"an epoch shows each of its samples {times:.1f} times",
        "weights": f"each of its samples weighs {times:.1f} times as much as one does otherwise",
        "none": "the more its loss is the worst, the more it counts",
    }[config.group_balance]
    return (
        f"{len(sizes)} groups by label, rarest '{name}' ({size:,} training samples): {what}. Accuracy over all samples "
        "usually falls for it: `dlpipe compare` with a model without it says by how much"
    )
