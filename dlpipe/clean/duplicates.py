"""What the checks for duplicates share: which copy is best, and whether copies contradict one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlpipe.clean.checks import Seen


def best_first(seen: Seen) -> np.ndarray[Any, Any]:
    """Positions of all samples, the copy that should be kept before the others: the largest, then the smallest id."""
    area = np.zeros(seen.samples.height)
    if {"width", "height"} <= set(seen.facts.columns):
        area = seen.facts.select(pl.col("width") * pl.col("height")).to_series().to_numpy().astype(np.float64)
    rank = np.argsort(np.argsort(seen.samples["id"].to_numpy(), kind="stable"), kind="stable")
    return np.lexsort((rank, -area))


def contents(seen: Seen) -> list[tuple[str, int]]:
    """What makes a sample the same as another: the digest of its file, and its row where samples share files."""
    rows = seen.samples["row"] if "row" in seen.samples.columns else pl.Series([0] * seen.samples.height)
    return list(zip(seen.samples["digest"].to_list(), rows.to_list(), strict=True))


def leading_labels(votes: pl.DataFrame) -> dict[str, str]:
    """The label that most weight speaks for, by id; of equal ones the first by name."""
    if not votes.height:
        return {}
    summed = votes.group_by("id", "label").agg(pl.col("weight").sum())
    first = summed.sort(["id", "weight", "label"], descending=[False, True, False]).unique("id", keep="first")
    return dict(zip(first["id"].to_list(), first["label"].to_list(), strict=True))


def contradiction(labels: dict[str, str], ids: Iterable[str]) -> str:
    """A clause that names the labels of equal samples if they differ, else nothing."""
    found = {labels[sample_id]: sample_id for sample_id in sorted(ids, reverse=True) if sample_id in labels}
    if len(found) < 2:  # noqa: PLR2004 - it takes two to differ
        return ""
    return "labels differ: " + ", ".join(f"'{label}' ({sample_id})" for label, sample_id in sorted(found.items()))
