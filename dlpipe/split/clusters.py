"""Copies of one another: which samples no split may part."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from dlpipe import similarity

Array = np.ndarray[Any, Any]


def clusters(samples: pl.DataFrame, duplicates: pl.DataFrame) -> Array:
    """The cluster of every sample, (n,) numbers from 0: equal bytes, and kept samples that `clean` calls copies.

    Most clusters are one sample, since `clean` sets copies aside; a person may keep one, and a check may only report.

    Args:
        samples: n rows, with `digest`, and `row` where samples share files.
        duplicates: `id` and `cluster` of the samples that `clean` calls copies of one another.
    """
    same = [name for name in ("digest", "row") if name in samples.columns]
    known = samples.select("id", *same).join(duplicates, on="id", how="left", maintain_order="left").with_row_index()
    equal = known.select(pl.col("index").min().over(same)).to_series().to_numpy()
    copied = known.drop_nulls("cluster").select("index", first=pl.col("index").min().over("cluster"))
    rows = np.concatenate([np.arange(samples.height), copied["index"].to_numpy()])
    return joined(samples.height, rows, np.concatenate([equal, copied["first"].to_numpy()]))


def joined(count: int, left: Array, right: Array) -> Array:
    """The connected part of each of `count` nodes, numbers from 0; left[k] and right[k] are connected."""
    return np.unique(similarity.clusters(count, left, right), return_inverse=True)[1]


def num_alike(cluster: Array) -> tuple[int, int]:
    """How many clusters are more than one sample, and how many samples they are."""
    sizes = np.bincount(cluster)
    several = sizes[sizes > 1]
    return len(several), int(several.sum())
