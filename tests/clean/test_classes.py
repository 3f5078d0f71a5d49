from __future__ import annotations

import polars as pl

from dlpipe.clean.classes import class_counts, leading
from dlpipe.core.table import VOTE_COLUMNS


def test_the_leading_label_has_most_weight_and_a_tie_goes_by_name() -> None:
    rows = [
        ("b", "1", "y", 0.5),
        ("b", "2", "x", 0.5),
        ("a", "1", "z", 0.4),
        ("a", "2", "y", 0.3),
        ("a", "3", "z", 0.1),
    ]
    votes = pl.DataFrame(rows, schema=VOTE_COLUMNS, orient="row")
    assert leading(votes).rows() == [("a", "z"), ("b", "x")]
    assert class_counts(votes) == [("x", 1), ("z", 1)]


def test_no_votes_are_no_classes() -> None:
    assert class_counts(pl.DataFrame(schema=VOTE_COLUMNS)) == []
