"""Whether cleaning takes much more from one group than from the others: cleaning can be a bias."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARE = 0.2
_TIMES = 3
_FEWEST = 5


def losses(samples: pl.DataFrame, kept: pl.DataFrame, groups: list[str]) -> Iterator[str]:
    """A sentence for each group that lost all, or five or more samples, over 20 % and three times the overall share."""
    overall = 1 - kept.height / max(samples.height, 1)
    for group in groups:
        if group not in samples.columns:
            continue  # the stage that compares groups says so
        before = samples.group_by(group).len("before")
        table = before.join(kept.group_by(group).len("after"), on=group, how="left", nulls_equal=True).sort(group)
        for value, count, after in table.with_columns(pl.col("after").fill_null(0)).iter_rows():
            lost = 1 - after / count
            if after == 0 or (count - after >= _FEWEST and lost > max(_SHARE, _TIMES * overall)):
                yield f"cleaning took {count - after} of {count} samples of {group} '{value}' ({lost:.0%}; overall {overall:.0%})"
