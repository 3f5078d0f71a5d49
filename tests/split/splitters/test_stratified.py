from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.split.splitters import SPLITS, Wish
from dlpipe.split.splitters.stratified import Stratified
from tests.split.population import WISH, population


def labelled(**sizes: int) -> pl.DataFrame:
    labels = [label for label, size in sizes.items() for _ in range(size)]
    return pl.DataFrame({"id": [f"{number:04}" for number in range(len(labels))], "label": labels})


def counts(samples: pl.DataFrame, splitter: Stratified, wish: Wish = WISH) -> dict[str, list[int]]:
    splits = pl.Series("split", splitter.assign(samples, wish).splits)
    return {
        label: [splits.filter(samples["label"] == label).eq(split).sum() for split in SPLITS]
        for label in samples["label"].unique().sort()
    }


def test_every_class_has_its_shares_to_one_sample():
    assert counts(labelled(cat=100, dog=40, eel=20), Stratified()) == {
        "cat": [70, 15, 15],
        "dog": [28, 6, 6],
        "eel": [14, 3, 3],
    }


def test_three_samples_are_enough_for_a_class():
    assert counts(labelled(cat=100, rare=3), Stratified())["rare"] == [1, 1, 1]


def test_many_small_strata_do_not_add_up_to_a_large_error():
    many = {f"class{number:02}": 10 for number in range(40)}
    found = counts(labelled(**many), Stratified())
    totals = [sum(row[place] for row in found.values()) for place in range(3)]
    assert totals == [pytest.approx(wished, abs=2) for wished in (280, 60, 60)]
    assert all(min(row) >= 1 for row in found.values())


def test_strata_can_be_combinations():
    samples = population(3000)
    splits = pl.Series("split", Stratified(stratify=["site", "label"]).assign(samples, WISH).splits)
    shares = samples.with_columns(splits).group_by("site", "label").agg((pl.col("split") == "train").mean())
    assert shares["split"].is_between(0.68, 0.72).all()


def test_a_stratum_too_small_for_three_goes_to_train():
    assert counts(labelled(cat=100, rare=2), Stratified())["rare"] == [2, 0, 0]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(0, 50))
def test_nobody_is_lost_and_no_class_of_three_misses_a_split(sizes: list[int], seed: int):
    samples = labelled(**{f"c{number}": size for number, size in enumerate(sizes)})
    found = counts(samples, Stratified(), Wish((0.6, 0.2, 0.2), seed))
    assert [sum(row) for row in found.values()] == sizes
    assert all(min(row) >= 1 for row in found.values() if sum(row) >= 3)
