from __future__ import annotations

import polars as pl

from dlpipe.split.reachable import finer, proposal
from dlpipe.split.splitters.grouped import Grouped
from dlpipe.split.splitters.hashed import Hashed
from dlpipe.split.splitters.random import Random
from tests.split.population import WISH, population


def test_columns_with_enough_values_are_proposed_the_coarsest_first():
    assert finer(population(), 3).endswith(
        "at least 3 values: 'official' (3 values), 'site' (3 values), 'patient' (30 values)"
    )
    assert finer(population().select("id", "label"), 3).endswith("(no attribute has so many)")


def test_nothing_is_proposed_where_the_wish_came_true():
    samples = population()
    assert proposal(Random(), samples, Random().assign(samples, WISH).splits, WISH.fractions) is None
    few = ["train"] * 7 + ["val"] * 2 + ["test"]
    assert proposal(Random(), samples[:10], few, WISH.fractions) is None


def test_the_group_that_is_too_large_is_named():
    samples = population(100).with_columns(day=pl.Series(["mon"] * 90 + ["tue"] * 5 + ["wed"] * 5))
    splits = ["train"] * 90 + ["val"] * 5 + ["test"] * 5
    assert proposal(Grouped(by="day"), samples, splits, WISH.fractions) == {
        "fractions": {"train": 0.9, "val": 0.05, "test": 0.05},
        "because": "groups of 'day' stay whole, and 'mon' alone has 90 of 100 samples",
    }


def test_chance_leads_to_splitters_that_are_exact():
    found = proposal(Hashed(), population(10), ["train"] * 3 + ["val"] * 3 + ["test"] * 4, WISH.fractions)
    assert found["fractions"] == {"train": 0.3, "val": 0.3, "test": 0.4}
    assert "{name: random}" in found["because"]
