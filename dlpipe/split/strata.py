"""Classes of samples that a split should share out evenly, and how far it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.split.splitters import SPLITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from dlpipe.split.splitters import Wish

Array = np.ndarray[Any, Any]

_NOTED = 0.05
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
    columns = [column(samples, name, setting).fill_null("unknown").to_list() for name in names]
    keys = list(zip(*columns, strict=True)) if columns else [("all",)] * samples.height
    known = sorted(set(keys))
    place = {key: number for number, key in enumerate(known)}
    return np.array([place[key] for key in keys], dtype=np.intp), [", ".join(key) for key in known]


def shortfalls(stratum: Array, names: Sequence[str], splits: Sequence[str | None], wish: Wish) -> list[str]:
    """A sentence for each stratum's share of a split that is more than 5 points, and a sample, from the wish."""
    sentences: list[str] = []
    for number, name in enumerate(names):
        inside = [split for split, found in zip(splits, stratum.tolist(), strict=True) if found == number]
        for split, fraction in zip(SPLITS, wish.fractions, strict=True):
            count = inside.count(split)
            share = count / len(inside)
            if abs(share - fraction) > _NOTED and abs(count - fraction * len(inside)) >= 1:
                sentences.append(f"{split} has {count} of {len(inside)} of {name} ({share:.0%}, wished {fraction:.0%})")
    return sentences
