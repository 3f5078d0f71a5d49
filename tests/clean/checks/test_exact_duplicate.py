from __future__ import annotations

from dataclasses import replace

import polars as pl

from dlpipe.clean.checks.exact_duplicate import ExactDuplicate
from tests.clean.evidence import sample, scene, seen


def test_the_smallest_id_is_kept() -> None:
    samples = [sample("b", scene(1)), sample("a", scene(1)), sample("c", scene(2)), sample("d", scene(1))]
    finding = ExactDuplicate().judge(seen(ExactDuplicate(), samples))
    assert finding.scores.tolist() == [1, 0, 0, 1]
    assert finding.partners == ["a", None, None, "a"]
    assert finding.reasons == ["same bytes as a", "", "", "same bytes as a"]


def test_labels_that_contradict_are_noted_on_all_copies() -> None:
    samples = [sample("a", scene(1)), sample("b", scene(1)), sample("c", scene(2)), sample("d", scene(2))]
    labels = {"a": "cat", "b": "dog", "c": "cat", "d": "cat"}
    finding = ExactDuplicate().judge(seen(ExactDuplicate(), samples, labels))
    assert finding.reasons[0] == "labels differ: 'cat' (a), 'dog' (b)"
    assert finding.reasons[1] == "same bytes as a; labels differ: 'cat' (a), 'dog' (b)"
    assert finding.reasons[2:] == ["", "same bytes as c"]


def test_rows_of_one_file_are_not_copies_of_one_another() -> None:
    samples = [sample("t.csv#0", scene(1)), sample("t.csv#1", scene(1))]
    evidence = seen(ExactDuplicate(), samples)
    rows = replace(evidence, samples=evidence.samples.with_columns(pl.Series("row", [0, 1])))
    assert ExactDuplicate().judge(rows).scores.tolist() == [0, 0]
