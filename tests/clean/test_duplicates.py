from __future__ import annotations

import polars as pl

from dlpipe.clean.checks import Seen
from dlpipe.clean.duplicates import best_first, contents, contradiction, leading_labels
from dlpipe.core.table import VOTE_COLUMNS


def seen(ids: list[str], facts: pl.DataFrame) -> Seen:
    samples = pl.DataFrame({"id": ids, "digest": ["x"] * len(ids)})
    return Seen(samples, pl.DataFrame(schema=VOTE_COLUMNS), facts, [], None)


def test_the_largest_comes_first_then_the_smallest_id():
    facts = pl.DataFrame({"width": [10, 20, 20, 5], "height": [10, 5, 10, 5]})
    assert best_first(seen(["d", "c", "b", "a"], facts)).tolist() == [2, 1, 0, 3]


def test_without_sizes_the_smallest_id_comes_first():
    assert best_first(seen(["d", "b", "c"], pl.DataFrame())).tolist() == [1, 2, 0]


def test_contents_are_files_or_rows_of_them():
    evidence = seen(["a", "b"], pl.DataFrame())
    assert contents(evidence).tolist() == [1, 1]
    rows = Seen(evidence.samples.with_columns(row=pl.Series([3, 4])), evidence.votes, evidence.facts, [], None)
    assert contents(rows).tolist() == [1, 2]


def test_the_leading_label_has_most_weight_and_a_tie_goes_by_name():
    rows = [
        ("a", "1", "cat", 0.4),
        ("a", "2", "cat", 0.4),
        ("a", "3", "dog", 0.6),
        ("b", "1", "y", 0.5),
        ("b", "2", "x", 0.5),
    ]
    assert leading_labels(pl.DataFrame(rows, schema=VOTE_COLUMNS, orient="row")) == {"a": "cat", "b": "x"}
    assert leading_labels(pl.DataFrame(schema=VOTE_COLUMNS)) == {}


def test_a_contradiction_names_the_labels():
    assert contradiction({"a": "cat", "b": "cat"}, ["a", "b", "unlabelled"]) == ""
    assert contradiction({"a": "cat", "b": "dog", "c": "dog"}, ["a", "b", "c"]) == "labels differ: 'cat' (a), 'dog' (b)"
