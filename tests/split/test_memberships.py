"""Strata that overlap: a class each, within other columns, and the samples of no class."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dlpipe.core import plugin
from dlpipe.split.memberships import are_several, memberships, shortfalls_of
from dlpipe.split.splitters import SPLITS, Splitter, Wish
from dlpipe.tasks.classification import Classification
from dlpipe.tasks.multi_label import MultiLabel
from tests.split.population import population

TASK = MultiLabel()
WISH = Wish((0.7, 0.15, 0.15), 0, TASK)


def several(count: int = 400) -> pl.DataFrame:
    """The population with labels of up to three classes, one of them rare, and some samples of none."""
    random = np.random.default_rng(3)
    held = random.random((count, 3)) < (0.5, 0.3, 0.05)
    names = np.array(["dust", "rust", "crack"])
    labels = [TASK.joined(names[row].tolist()) for row in held]
    return population(count).with_columns(label=pl.Series(labels))


def test_a_sample_belongs_to_a_stratum_for_each_class():
    samples = pl.DataFrame({"id": ["a", "b", "c"], "label": ["x|y", "", "y"], "site": ["n", "n", None]})
    members, names = memberships(samples, ["label"], TASK)
    assert names == ["(none)", "x", "y"]
    assert members.tolist() == [[False, True, True], [True, False, False], [False, False, True]]
    members, names = memberships(samples, ["site", "label"], TASK)
    assert names == ["n, (none)", "n, x", "n, y", "unknown, y"]
    assert members.sum() == 4


@pytest.mark.parametrize(
    ("name", "settings"),
    (
        ("stratified", {}),
        ("stratified", {"stratify": ["site", "label"]}),
        ("grouped_stratified", {"by": "patient"}),
        ("k_fold", {"folds": 5}),
        ("k_fold", {"folds": 4, "by": "patient"}),
    ),
)
def test_every_class_comes_near_to_its_shares(name: str, settings: dict[str, object]):
    samples = several()
    splitter = plugin.make(Splitter, name, settings)
    assignment = splitter.assign(samples, WISH)
    wished = splitter.wished(WISH)
    assert wished is not None
    members, names = memberships(samples, ["label"], TASK)
    place = np.array([SPLITS.index(str(split)) for split in assignment.splits])
    for label, called in zip(members.T, names, strict=True):
        shares = np.bincount(place[label], minlength=3) / label.sum()
        tolerance = 0.12 if called == "crack" else 0.07
        assert np.abs(shares - wished).max() < tolerance, (called, shares)
    if "by" in settings:
        torn = (
            samples.with_columns(pl.Series("split", assignment.splits))
            .group_by("patient")
            .agg(pl.col("split").n_unique())
        )
        assert torn["split"].max() == 1


def test_what_comes_short_is_told_by_class():
    samples = pl.DataFrame({"id": list("abcd"), "label": ["x|y", "x", "y", ""]})
    said = shortfalls_of(samples, ["label"], TASK, ["train", "train", "val", None], (0.5, 0.5, 0.0))
    assert said == ["train has 2 of 2 of x (100%, wished 50%)", "val has 0 of 2 of x (0%, wished 50%)"]


def test_strata_overlap_only_by_labels_of_several_classes():
    assert are_several(["label"], WISH)
    assert not are_several(["site"], WISH)
    assert not are_several(["label"], Wish((0.7, 0.15, 0.15), 0))
    assert not are_several(["label"], Wish((0.7, 0.15, 0.15), 0, Classification()))
