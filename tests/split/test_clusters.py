from __future__ import annotations

import numpy as np
import polars as pl

from dlpipe.split.clusters import clusters, joined, num_alike

SCHEMA = {"id": pl.String, "is_issue": pl.Boolean, "partner": pl.String}


def found(digests: str, pairs: list[tuple[str, bool, str | None]], rows: list[int] | None = None) -> list[list[str]]:
    """The clusters of samples a, b, c, … with these digests, as lists of ids."""
    samples = pl.DataFrame(
        {"id": list("abcdefgh")[: len(digests)], "digest": list(digests)}, schema={"id": pl.String, "digest": pl.String}
    )
    if rows is not None:
        samples = samples.with_columns(row=pl.Series(rows))
    number = clusters(samples, pl.DataFrame(pairs, schema=SCHEMA, orient="row"))
    parts = samples.with_columns(part=number).group_by("part").agg(pl.col("id").sort())["id"].to_list()
    return sorted(part for part in parts if len(part) > 1)


def test_equal_bytes_are_copies_unless_they_are_rows_of_a_file():
    assert found("xyxz", []) == [["a", "c"]]
    assert found("xyxz", [], [0, 0, 1, 0]) == []


def test_pairs_of_checks_join_and_chains_are_one_cluster():
    pairs = [("a", True, "b"), ("c", True, "b"), ("e", False, "f"), ("f", True, None), ("d", True, "gone")]
    assert found("uvwxyz", pairs) == [["a", "b", "c"]]
    assert found("uvwxyw", [("a", True, "c"), ("d", True, "e")]) == [["a", "c", "f"], ["d", "e"]]


def test_no_samples_have_no_clusters():
    assert found("", []) == []
    assert joined(0, np.zeros(0, int), np.zeros(0, int)).shape == (0,)


def test_clusters_of_several_are_counted():
    assert num_alike(np.array([0, 1, 1, 2, 3, 3, 3])) == (2, 5)
