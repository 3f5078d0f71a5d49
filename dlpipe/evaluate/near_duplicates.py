"""Test samples that are copies of what the model was trained on: resized, compressed again, exposed anew, mirrored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe import similarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST_PAIRS = 100
"""That many are named; all are counted."""


def pairs(
    test: Sequence[NDArray[Any]], fitted: Sequence[NDArray[Any]], test_ids: Sequence[str], fitted_ids: Sequence[str]
) -> dict[str, Any]:
    """The evaluation's `near_duplicates`: how many test samples have a copy among train and val, and which.

    Args:
        test: A fingerprint (1072,) of each test sample.
        fitted: A fingerprint of each sample of train and val.
        test_ids: As many as `test`.
        fitted_ids: As many as `fitted`.
    """
    first = len(fitted)
    alike = similarity.alike(similarity.prints([*fitted, *test]))
    found = (alike.likeness >= 1 - similarity.UNLIKENESS) & (alike.i < first) & (alike.j >= first)
    i, j, likeness = alike.i[found], alike.j[found] - first, alike.likeness[found]
    best = np.lexsort((i, -likeness, j))
    _, once = np.unique(j[best], return_index=True)
    rows = zip(*(values[best[once]].tolist() for values in (i, j, likeness)), strict=True)
    ordered = sorted(rows, key=lambda row: (-row[2], row[1]))
    named = [{"id": test_ids[b], "like": fitted_ids[a], "likeness": round(value, 6)} for a, b, value in ordered]
    return {
        "n": len(test),
        "count": {"value": len(named), "low": None, "high": None, "reason": "a count has no interval"},
        "pairs": named[:_MOST_PAIRS],
    }
