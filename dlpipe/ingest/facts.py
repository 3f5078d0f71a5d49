"""What an ingest tells: counts for the summary and the data card, and what a person should look at."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

from dlpipe.core.table import attributes

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from dlpipe.tasks import Task

_MOST_VALUES = 12
"""An attribute of more values is counted, not listed."""


def facts_of(samples: pl.DataFrame, votes: pl.DataFrame, set_aside: pl.DataFrame, task: Task) -> dict[str, Any]:
    """Counts of samples, by the label with the most weight, by reason and by attribute.

    Of a task of several labels `labels` counts the samples of each class; who has none of them is in `num_without_class`.
    """
    first = votes.sort("id", "weight", "label").unique("id", keep="last", maintain_order=True)
    counts = {name: _counts(samples[name].drop_nulls()) for name in attributes(samples)}
    return {
        "num_samples": samples.height,
        "num_unlabelled": samples.height - first.height,
        "num_set_aside": set_aside.height,
        "labels": _counts(name for label in first["label"] for name in task.names(label)),
        **({"num_without_class": int((first["label"] == "").sum())} if task.several else {}),
        "set_aside": _counts(set_aside["reason"]),
        "attributes": {
            name: found if len(found) <= _MOST_VALUES else {"num_values": len(found)} for name, found in counts.items()
        },
    }


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def notes_of(set_aside: pl.DataFrame, votes: pl.DataFrame, task: Task) -> list[str]:
    """What was set aside, and labels that look like one but are two."""
    notes = [f"set aside: {count} x {reason}" for reason, count in _counts(set_aside["reason"]).items()]
    twins: dict[str, list[str]] = {}
    for label in sorted({name for held in votes["label"].unique() for name in task.names(held)}):
        twins.setdefault(unicodedata.normalize("NFKC", label).casefold().strip(), []).append(label)
    alike = [", ".join(map(repr, same)) for same in twins.values() if len(same) > 1]
    return notes + [f"labels that look alike are different classes: {same}" for same in alike]
