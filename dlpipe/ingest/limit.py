"""Few samples that stand for all: what a smoke run takes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence


def spread(samples: pl.DataFrame, votes: pl.DataFrame, limit: int, groups: Sequence[str], seed: int) -> pl.DataFrame:
    """At most `limit` samples, evenly over each combination of label and groups; the same ones every time.

    Within a combination they are ordered by a hash of seed and id; the combinations take turns.
    """
    labels = votes.sort("id", "weight", "label").unique("id", keep="last", maintain_order=True).select("id", "label")
    ranks = [hashlib.sha256(f"{seed}:{sample}".encode()).hexdigest() for sample in samples["id"]]
    kinds = ["label", *(group for group in groups if group in samples.columns)]
    chosen = (
        samples.join(labels, on="id", how="left", maintain_order="left")
        .with_columns(pl.Series("rank", ranks, dtype=pl.String))
        .sort("rank")
        .with_columns(pl.int_range(pl.len()).over(kinds).alias("turn"))
        .sort("turn", "rank")
        .head(limit)
    )
    return samples.join(chosen, on="id", how="semi")
