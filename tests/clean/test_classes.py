from __future__ import annotations

import polars as pl

from dlpipe.clean.classes import by_class, class_counts, leading
from dlpipe.core.table import VOTE_COLUMNS
from dlpipe.tasks.classification import Classification
from dlpipe.tasks.multi_label import MultiLabel


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


def test_a_label_of_several_classes_counts_for_each_of_them() -> None:
    votes = pl.DataFrame(
        [("a", "1", "dust|rust", 1.0), ("b", "1", "", 1.0), ("c", "1", "rust", 0.5)], schema=VOTE_COLUMNS, orient="row"
    )
    found = by_class(votes, MultiLabel())
    assert found.rows() == [("a", "1", "dust", 1.0), ("a", "1", "rust", 1.0), ("c", "1", "rust", 0.5)]
    assert by_class(votes, Classification()) is votes
    assert by_class(votes, None) is votes
