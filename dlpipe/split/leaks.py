"""Whether anything crosses a split: copies, groups, the future. For any split, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe import similarity
from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.split.splitters import SPLITS
from dlpipe.split.times import times

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = np.ndarray[Any, Any]

_EXAMPLES = 3


@dataclass(frozen=True)
class Leak:
    """What one question to a split found."""

    what: str
    num_checked: int
    """Samples that could be asked about."""
    num_crossing: int
    """Clusters, groups or samples that lie on more than one side."""
    num_samples: int
    """Samples in them."""
    examples: list[str]


def exact(samples: pl.DataFrame) -> Leak:
    """Equal bytes on several sides. `samples` has `id`, `split` and `digest`, and `row` where samples share files."""
    key = [name for name in ("digest", "row") if name in samples.columns]
    part = samples.select(key).with_row_index().select(pl.col("index").min().over(key)).to_series()
    return _crossing("exact duplicates", samples, part.to_numpy())


def near(
    samples: pl.DataFrame,
    looked: Array,
    pictures: similarity.Prints,
    duplicates: pl.DataFrame,
    closely: similarity.Closely | None = None,
) -> Leak:
    """Copies on several sides: pairs that the fingerprints give, and those that `clean` knows.

    Args:
        samples: `id` and `split`.
        looked: Positions (m,) of the samples that could be decoded.
        pictures: Their fingerprints.
        duplicates: `id` and `cluster`, from `clean`; may be empty.
        closely: A second look at those m samples, for crops and turned copies.
    """
    sides = samples["split"].to_numpy()[looked]
    left, right = _alike(pictures, sides, closely)
    known = (
        samples.with_row_index().join(duplicates, on="id").select("index", first=pl.col("index").min().over("cluster"))
    )
    i = np.concatenate([looked[left], known["index"].to_numpy()])
    j = np.concatenate([looked[right], known["first"].to_numpy()])
    found = _crossing("near duplicates", samples, similarity.clusters(samples.height, i, j))
    return Leak(found.what, len(looked), found.num_crossing, found.num_samples, found.examples)


def _alike(pictures: similarity.Prints, sides: Array, closely: similarity.Closely | None) -> Array:
    """Pairs (2, k) of copies on different sides, mirrored ones too."""
    found = similarity.alike(pictures, closely)
    apart = (found.likeness >= 1 - similarity.UNLIKENESS) & (sides[found.i] != sides[found.j])
    return np.stack([found.i[apart], found.j[apart]])


def grouped(samples: pl.DataFrame, by: str) -> Leak:
    """Values of a column on several sides; samples without a value are groups of their own."""
    known = samples.filter(_column(samples, by).is_not_null())
    part = known.select(by).with_row_index().select(pl.col("index").min().over(by)).to_series()
    names = known[by].cast(pl.String).to_list()
    return _crossing(f"groups of '{by}'", known, part.to_numpy(), names)


def later(samples: pl.DataFrame, column: str) -> Leak:
    """Samples that come before or at a time from which an earlier side still learns: train, then val, then test."""
    when = times(_column(samples, column).cast(pl.String))
    sides = samples["split"].to_numpy()
    known = ~np.isnan(when)
    early = np.zeros(samples.height, bool)
    latest = -np.inf
    for side in SPLITS:
        here = known & (sides == side)
        early |= here & (when <= latest)
        latest = max(latest, when[here].max(initial=-np.inf))
    ids, text = samples["id"].to_list(), samples[column].cast(pl.String).to_list()
    rows = np.flatnonzero(early).tolist()
    examples = [f"{ids[row]} ({sides[row]}, {text[row]})" for row in rows[:_EXAMPLES]]
    return Leak(f"no later than an earlier side, by '{column}'", int(known.sum()), len(rows), len(rows), examples)


def _column(samples: pl.DataFrame, name: str) -> pl.Series:
    if name not in samples.columns:
        problem = f"the samples have no column '{name}'; {nearest(name, samples.columns)}"
        raise DlpipeError(problem, f"name a column that they have: {', '.join(samples.columns)}")
    return samples[name]


def _crossing(what: str, samples: pl.DataFrame, part: Array, names: Sequence[str] | None = None) -> Leak:
    """What lies on several sides of parts (n,) that should lie on one."""
    table = samples.select("id", "split", name=pl.Series(names or samples["id"])).with_columns(part=pl.Series(part))
    torn = table.filter(pl.col("split").n_unique().over("part") > 1).sort("part", "id")
    examples: list[str] = []
    for (_,), members in torn.group_by("part", maintain_order=True):
        sides = members.unique("split", keep="first", maintain_order=True)
        shown = ", ".join(f"{sample} ({side})" for sample, side in sides.select("id", "split").iter_rows())
        examples.append(f"{members['name'][0]}: {shown}" if names else shown)
        if len(examples) == _EXAMPLES:
            break
    return Leak(what, samples.height, torn["part"].n_unique(), torn.height, examples)
