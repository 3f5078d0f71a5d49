"""Votes for sets of classes: each class by itself, and a sample in doubt of one class has no label."""

from __future__ import annotations

import polars as pl
import pytest

from dlpipe.core.table import VOTE_COLUMNS
from dlpipe.label.by_class import by_class
from dlpipe.label.labelers.votes import Votes
from dlpipe.tasks.multi_label import MultiLabel


def settled(*votes: tuple[str, str, str, float], labeler: Votes | None = None) -> dict[str, tuple[str, float]]:
    table = pl.DataFrame(votes, schema=VOTE_COLUMNS, orient="row")
    samples = table.select("id").unique()
    found = by_class(lambda of_one: (labeler or Votes()).label(samples, of_one), table, MultiLabel())
    assert set(found["label_origin"]) <= {"votes"}
    return {row["id"]: (row["label"], row["label_confidence"]) for row in found.to_dicts()}


def test_one_voter_is_believed():
    found = settled(("a", "x", "dust|rust", 1.0), ("b", "x", "", 1.0), ("c", "x", "dust", 1.0))
    assert found == {"a": ("dust|rust", 1.0), "b": ("", 1.0), "c": ("dust", 1.0)}


def test_the_majority_decides_of_each_class_by_itself():
    found = settled(("a", "x", "dust|rust", 1.0), ("a", "y", "dust", 1.0), ("a", "z", "rust|crack", 1.0))
    label, confidence = found["a"]
    assert label == "dust|rust"  # nobody said exactly that of the three
    assert confidence == pytest.approx(2 / 3)


def test_a_tie_about_one_class_leaves_the_sample_unlabelled():
    assert settled(("a", "x", "dust|rust", 1.0), ("a", "y", "dust", 1.0)) == {}


def test_the_labelers_own_settings_hold():
    votes = [("a", "x", "dust", 1.0), ("a", "y", "dust", 1.0), ("a", "z", "rust", 1.0)]
    assert settled(*votes)["a"][0] == "dust"
    assert settled(*votes, labeler=Votes(min_confidence=0.9)) == {}


def test_where_nobody_names_a_class_all_have_none():
    assert settled(("a", "x", "", 1.0)) == {"a": ("", 1.0)}
    assert settled() == {}
