"""What the checks for duplicates share: which copy is best, and whether copies contradict one another."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.clean.classes import leading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl

    from dlpipe.clean.checks import Seen


Array = np.ndarray[Any, Any]


def best_first(seen: Seen) -> Array:
    """Positions of all samples, the copy that should be kept before the others: the largest, then the smallest id."""
    area = np.zeros(seen.samples.height)
    if {"width", "height"} <= set(seen.facts.columns):
        area = (seen.facts["width"] * seen.facts["height"]).to_numpy().astype(np.float64)
    rank = seen.samples["id"].rank("ordinal").to_numpy()
    return np.lexsort((rank, -area))


def contents(seen: Seen) -> Array:
    """What makes a sample the same as another, as numbers (n,): its file's digest, and its row where samples share files."""
    import polars as pl

    key = [column for column in ("digest", "row") if column in seen.samples.columns]
    return seen.samples.select(pl.struct(key).rank("dense")).to_series().to_numpy()


def distinct(values: Array) -> tuple[Array, Array]:
    """Positions of the first of each row, ascending, and which of these each row equals. (n, F) → (m,), (n,)."""
    rows = np.ascontiguousarray(values).view(np.dtype((np.void, values.shape[1] * values.itemsize))).ravel()
    _, first, of = np.unique(rows, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return np.sort(first), rank[of]


def leading_labels(votes: pl.DataFrame) -> dict[str, str]:
    """The label that most weight speaks for, by id; of equal ones the first by name."""
    first = leading(votes)
    return dict(zip(first["id"].to_list(), first["label"].to_list(), strict=True))


def with_labels(seen: Seen, partners: Sequence[str | None], words: Sequence[str]) -> list[str]:
    """`words` of n samples, with the labels of copies that contradict one another; the one that is kept is told too."""
    groups: dict[str, list[str]] = defaultdict(list)
    for sample_id, partner in zip(seen.samples["id"].to_list(), partners, strict=True):
        if partner is not None:
            groups[partner].append(sample_id)
    concerned = [*groups, *(copy for copies in groups.values() for copy in copies)]
    labels = leading_labels(seen.votes.filter(seen.votes["id"].is_in(concerned)))
    clauses = {kept: contradiction(labels, [kept, *copies]) for kept, copies in groups.items()}
    rows = zip(seen.samples["id"].to_list(), partners, words, strict=True)
    return ["; ".join(filter(None, (said, clauses.get(partner or one, "")))) for one, partner, said in rows]


def contradiction(labels: dict[str, str], ids: Iterable[str]) -> str:
    """A clause that names the labels of equal samples if they differ, else nothing."""
    found = {labels[sample_id]: sample_id for sample_id in sorted(ids, reverse=True) if sample_id in labels}
    if len(found) < 2:  # noqa: PLR2004 - it takes two to differ
        return ""
    return "labels differ: " + ", ".join(f"'{label}' ({sample_id})" for label, sample_id in sorted(found.items()))
