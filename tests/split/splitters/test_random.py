from __future__ import annotations

from dlpipe.split.splitters import Wish
from dlpipe.split.splitters.random import Random
from tests.split.population import WISH, counted, population


def test_shares_are_right_to_one_sample():
    samples = population(1001)
    assert counted(samples, Random().assign(samples, WISH).splits) == {"train": 701, "val": 150, "test": 150}


def test_chance_knows_nothing_of_the_labels():
    samples = population(3000)
    splits = Random().assign(samples, Wish((0.5, 0.25, 0.25), 1)).splits
    ill = samples["label"] == "ill"
    inside = [split for split, is_ill in zip(splits, ill.to_list(), strict=True) if is_ill]
    assert 0.45 < inside.count("train") / len(inside) < 0.55
