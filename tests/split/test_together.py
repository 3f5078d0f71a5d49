from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpipe.split.splitters import Wish
from dlpipe.split.splitters.grouped import Grouped
from dlpipe.split.splitters.hashed import Hashed
from dlpipe.split.splitters.predefined import Predefined
from dlpipe.split.splitters.random import Random
from dlpipe.split.together import assign_together, parted
from tests.split.population import WISH, population


def test_groups_with_copies_of_one_another_become_one():
    samples = pl.DataFrame({"id": [*"abcdefgh"], "day": ["1", "1", "2", "2", "3", "3", "4", None]})
    cluster = np.array([0, 1, 1, 2, 3, 4, 5, 5])  # b and c are copies, so are g and h
    assignment = assign_together(Grouped(by="day"), samples, cluster, Wish((0.5, 0.25, 0.25), 0))
    splits = assignment.splits
    assert len(set(splits[:4])) == 1
    assert splits[6] == splits[7]
    assert assignment.notes == ["copies lie in several groups of 'day': 5 groups became 3 that stay whole"]


def test_what_is_given_is_believed_and_train_loses_what_the_test_has():
    samples = pl.DataFrame({"id": [*"abcde"], "set": ["train", "test", "val", "train", "val"]})
    assignment = assign_together(Predefined(column="set"), samples, np.array([0, 0, 0, 1, 1]), WISH)
    assert assignment.splits == [None, "test", None, None, "val"]
    assert assignment.notes == [
        "copies on several sides: 2 of train and 1 of val are in no split, for val or test has a copy of each"
    ]


def test_a_cluster_goes_where_its_first_sample_goes():
    samples = population()
    cluster = np.arange(400)
    cluster[399] = 5
    alone = Hashed().assign(samples, WISH).splits
    splits = assign_together(Hashed(), samples, cluster, WISH).splits
    assert splits[:399] == alone[:399]
    assert splits[399] == alone[5]


@given(st.lists(st.integers(0, 60), min_size=60, max_size=60), st.integers(0, 3))
@settings(deadline=None, max_examples=50)
def test_no_cluster_is_parted(numbers: list[int], seed: int):
    samples = population(60, 12)
    _, cluster = np.unique(numbers, return_inverse=True)
    for splitter in (Random(), Hashed(), Hashed(by="site"), Predefined(column="official")):
        assert parted(assign_together(splitter, samples, cluster, Wish(WISH.fractions, seed)).splits, cluster) == 0


def test_parted_clusters_are_counted():
    assert parted(["train", "test", None, "val", "val"], np.array([0, 0, 1, 1, 1])) == 1
