from __future__ import annotations

import numpy as np
import polars as pl

from dlpipe.split.clusters import clusters, joined, num_alike


def found(digests: str, copies: dict[str, str], rows: list[int] | None = None) -> list[list[str]]:
    """The clusters of samples a, b, c, … with these digests, as lists of ids; `copies` are ids with their cluster."""
    text = {"id": pl.String, "digest": pl.String, "cluster": pl.String}
    samples = pl.DataFrame(
        {"id": list("abcdefgh")[: len(digests)], "digest": list(digests)}, schema={"id": pl.String, "digest": pl.String}
    )
    if rows is not None:
        samples = samples.with_columns(row=pl.Series(rows))
    duplicates = pl.DataFrame(
        {"id": [*copies], "cluster": [*copies.values()]}, schema={name: text[name] for name in ("id", "cluster")}
    )
    parts = samples.with_columns(part=clusters(samples, duplicates)).group_by("part").agg(pl.col("id").sort())["id"]
    return sorted(part for part in parts.to_list() if len(part) > 1)


def test_equal_bytes_are_copies_unless_they_are_rows_of_a_file():
    assert found("xyxz", {}) == [["a", "c"]]
    assert found("xyxz", {}, [0, 0, 1, 0]) == []


def test_what_clean_found_is_joined_and_chains_are_one_cluster():
    assert found("uvwxyz", {"a": "1", "b": "1", "d": "2", "gone": "2"}) == [["a", "b"]]
    assert found("uvwxyw", {"a": "1", "c": "1", "d": "2", "e": "2"}) == [["a", "c", "f"], ["d", "e"]]


def test_no_samples_have_no_clusters():
    assert found("", {}) == []
    assert joined(0, np.zeros(0, int), np.zeros(0, int)).shape == (0,)


def test_clusters_of_several_are_counted():
    assert num_alike(np.array([0, 1, 1, 2, 3, 3, 3])) == (2, 5)
