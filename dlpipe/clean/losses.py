"""Whether cleaning takes much more from one group than from the others: cleaning can be a bias."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from dlpipe.clean.checks import SetIssue
from dlpipe.clean.jury import SET_ISSUE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARE = 0.2
_TIMES = 3
_FEWEST = 5
_SURE = 0.01
"""Chance that even losses look like this (Fisher's exact test, one-sided, Bonferroni over the groups)."""

ALL = "cleaning"
LOSSES = "losses"
"""Stands in `set_issues.parquet` where other findings have their check's name."""


def losses_table(samples: pl.DataFrame, set_aside: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    """`losses` as rows of `set_issues.parquet`."""
    rows = [(LOSSES, one.subject, one.score, True, one.reason) for one in losses(samples, set_aside, groups)]
    return pl.DataFrame(rows, schema=SET_ISSUE_COLUMNS, orient="row")


def losses(samples: pl.DataFrame, set_aside: pl.DataFrame, groups: list[str]) -> Iterator[SetIssue]:
    """A finding for each group that lost all or surely more than others, by cleaning as a whole and by each check.

    More is five or more samples, over 20 %, and three times the share that the other groups lost.
    """
    by = set_aside.select("id", check=pl.col("by").str.split(", ")).explode("check")
    checks = [ALL, *sorted(by["check"].unique())]
    for group in groups:
        if group not in samples.columns:
            continue  # the stage that compares groups says so
        for check in checks:
            gone = set_aside if check == ALL else by.filter(check=check)
            yield from _losses(samples.select("id", group), gone, group, check)


def _losses(samples: pl.DataFrame, gone: pl.DataFrame, group: str, check: str) -> Iterator[SetIssue]:
    from scipy.stats import hypergeom

    marked = samples.with_columns(lost=pl.col("id").is_in(gone["id"].to_list()))
    table = marked.group_by(group).agg(pl.len().alias("all"), pl.col("lost").sum()).sort(group)
    total, total_lost = marked.height, int(marked["lost"].sum())
    for value, count, lost in table.filter(pl.col("lost") > 0).iter_rows():
        others, others_lost = total - count, total_lost - lost
        elsewhere = others_lost / max(others, 1)
        far_more = lost >= _FEWEST and lost / count > max(_SHARE, _TIMES * elsewhere)
        chance = float(hypergeom.sf(lost - 1, total, total_lost, count))
        if lost == count or (far_more and chance < _SURE / table.height):
            reason = f"{check} took {lost} of {count} samples of {group} '{value}' ({lost / count:.0%}; of the others {elsewhere:.0%})"
            yield SetIssue(f"{check}: {group} '{value}'", lost / count, reason)
