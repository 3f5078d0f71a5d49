"""Copies of one another: which samples no split may part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars as pl

Array = np.ndarray[Any, Any]


def clusters(samples: pl.DataFrame, issues: pl.DataFrame) -> Array:
    """The cluster of every sample, (n,) numbers from 0: equal bytes, and pairs that a check of `clean` calls copies.

    Most clusters are one sample, since `clean` sets copies aside; a person may keep one, and a check may only report.

    Args:
        samples: n rows, with `digest`, and `row` where samples share files.
        issues: What the checks of `clean` say: `id`, `is_issue` and `partner`, the sample of which it is a copy.
    """
    import polars as pl

    same = [name for name in ("digest", "row") if name in samples.columns]
    place = samples.select("id").with_row_index("place")
    pairs = (
        issues.filter("is_issue", pl.col("partner").is_not_null())
        .select("id", "partner")
        .join(place, on="id")
        .join(place.rename({"id": "partner", "place": "other"}), on="partner")
    )
    equal = samples.select(same).with_row_index().select(pl.col("index").min().over(same)).to_series().to_numpy()
    rows = np.concatenate([np.arange(samples.height), pairs["place"].to_numpy()])
    return joined(samples.height, rows, np.concatenate([equal, pairs["other"].to_numpy()]))


def joined(count: int, left: Array, right: Array) -> Array:
    """The connected part of each of `count` nodes, numbers from 0; left[k] and right[k] are connected."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = coo_array((np.ones(len(left), bool), (left, right)), shape=(count, count))
    return np.asarray(connected_components(edges, directed=False)[1]) if count else np.zeros(0, np.int32)


def num_alike(cluster: Array) -> tuple[int, int]:
    """How many clusters are more than one sample, and how many samples they are."""
    sizes = np.bincount(cluster)
    several = sizes[sizes > 1]
    return len(several), int(several.sum())
