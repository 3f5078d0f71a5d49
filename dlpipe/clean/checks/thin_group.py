"""Groups that are missing or thin in a class: a bias that the data bring along."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import polars as pl
from pydantic import Field

from dlpipe.clean.checks import Seen, SetCheck, SetIssue
from dlpipe.clean.classes import leading
from dlpipe.clean.score import falling
from dlpipe.core.table import attributes

_SURE = 0.01
"""Chance, over all groups and classes of an attribute together, that an even set looks like this."""


class ThinGroup(SetCheck):
    """Groups (values of an attribute) that are missing or thin in a class, compared with their share of all samples.

    A network cannot learn what it never sees. Score 0.5 where a fifth of the expected number is there; what chance
    alone would often give (binomial, Bonferroni over groups and classes) is not reported.
    """

    of_one_label: ClassVar[bool] = True

    at_most_values: int = Field(default=50, ge=2, description="Attributes with more values are no groups.")

    def about(self, seen: Seen) -> list[SetIssue]:
        labelled = seen.samples.join(leading(seen.votes), on="id", how="inner")
        found: list[SetIssue] = []
        for attribute in attributes(seen.samples):
            named = labelled.select("label", group=pl.col(attribute).cast(pl.String).fill_null("unknown"))
            if 2 <= named["group"].n_unique() <= self.at_most_values:  # noqa: PLR2004 - it takes two to differ
                found += _thin(attribute, named)
        return found


def _thin(attribute: str, named: pl.DataFrame) -> list[SetIssue]:
    from scipy.stats import binom

    counts, groups, labels = _table(named)
    of_group, of_label = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True)
    expected = of_group * of_label / counts.sum()
    chance = binom.cdf(counts, of_label, of_group / counts.sum())
    score = falling(counts / expected, 0.2)
    found: list[SetIssue] = []
    for row, column in zip(*np.nonzero((chance < _SURE / counts.size) & (score > _SURE)), strict=True):
        number, usual = counts[row, column], expected[row, column]
        cell = f"{attribute} '{groups[row]}' in class '{labels[column]}'"
        reason = f"{number} of {of_label[0, column]} samples of class '{labels[column]}' are of {attribute}"
        reason += f" '{groups[row]}', where {usual:.1f} would be even"
        found.append(SetIssue(cell, float(score[row, column]), reason))
    return found


def _table(named: pl.DataFrame) -> tuple[np.ndarray[Any, Any], list[str], list[str]]:
    """Samples by group and label, (G, L), with the sorted names of both."""
    groups, labels = sorted(named["group"].unique()), sorted(named["label"].unique())
    rows = named["group"].cast(pl.Enum(groups)).to_physical().to_numpy().astype(np.intp)
    columns = named["label"].cast(pl.Enum(labels)).to_physical().to_numpy().astype(np.intp)
    counts = np.bincount(rows * len(labels) + columns, minlength=len(groups) * len(labels))
    return counts.reshape(len(groups), len(labels)), groups, labels
