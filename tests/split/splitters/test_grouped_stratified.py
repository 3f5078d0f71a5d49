from __future__ import annotations

import itertools

import numpy as np
import polars as pl
from sklearn.model_selection import StratifiedGroupKFold

from dlpipe.split.splitters import SPLITS, Wish
from dlpipe.split.splitters.grouped_stratified import GroupedStratified
from dlpipe.split.strata import shortfalls, strata
from tests.split.population import WISH, population

SPLITTER = GroupedStratified(by="patient", stratify=["label"])


def blocks(num_blocks: int = 44, seed: int = 0) -> pl.DataFrame:
    """Like the numbering of elpv: blocks of 60, runs of one type, defects in clusters."""
    random = np.random.default_rng(seed)
    rows = [
        (f"{block:02}-{number:02}", f"b{block:02}", "mono" if block < 18 else "poly", random.random() < rate)
        for block, rate in enumerate(random.beta(1, 2, num_blocks))
        for number in range(60)
    ]
    table = pl.DataFrame(rows, schema=["id", "block", "cell_type", "defective"], orient="row")
    return table.with_columns(label=pl.col("defective").cast(pl.String))


def worst(samples: pl.DataFrame, splits: list[str | None], names: list[str], wish: Wish = WISH) -> float:
    """The largest deviation of a stratum's share from the wish."""
    held = samples.with_columns(pl.Series("split", splits))
    whole = held.group_by(names).len("whole")
    deviations = [
        (held.filter(pl.col("split") == split).group_by(names).len("part").join(whole, on=names, how="right"))
        .select(((pl.col("part").fill_null(0) / pl.col("whole")) - wished).abs().max())
        .item()
        for split, wished in zip(SPLITS, wish.fractions, strict=True)
    ]
    return max(deviations)


def test_blocks_of_solar_cells_are_balanced_over_type_and_label():
    samples = blocks()
    splitter = GroupedStratified(by="block", stratify=["cell_type", "label"])
    for seed in range(5):
        assignment = splitter.assign(samples, Wish(WISH.fractions, seed))
        assert worst(samples, assignment.splits, ["cell_type", "label"]) < 0.05
        stratum, names = strata(samples, splitter.evened)
        assert shortfalls(stratum, names, assignment.splits, WISH.fractions) == []


def test_it_is_as_even_as_folds_of_scikit_learn():
    """Seven folds: one is val, one is test, five are train."""
    samples = population(900, 45)
    ours, theirs = [], []
    for seed in range(8):
        folds = StratifiedGroupKFold(n_splits=7, shuffle=True, random_state=seed)
        parts = [part for _, part in folds.split(samples["id"], samples["label"], samples["patient"])]
        splits: list[str | None] = ["train"] * samples.height
        for split, part in zip(("val", "test"), parts, strict=False):
            for row in part.tolist():
                splits[row] = split
        wish = Wish((5 / 7, 1 / 7, 1 / 7), seed)
        theirs.append(worst(samples, splits, ["label"], wish))
        ours.append(worst(samples, SPLITTER.assign(samples, wish).splits, ["label"], wish))
    assert np.mean(ours) <= np.mean(theirs)


def test_other_seeds_give_other_tests():
    samples = blocks()
    splitter = GroupedStratified(by="block", stratify=["cell_type", "label"])
    tests = []
    for seed in range(10):
        splits = pl.Series(splitter.assign(samples, Wish(WISH.fractions, seed)).splits)
        tests.append(set(samples.filter(splits == "test")["block"]))
    shared = [len(one & other) for one, other in itertools.combinations(tests, 2)]
    assert np.mean(shared) < 2.5
    assert len(set().union(*tests)) > 25


def test_a_rare_class_in_three_groups_reaches_every_split():
    samples = population(600, 30)
    rare = samples["patient"].unique().sort()[4:7].to_list()
    samples = samples.with_columns(label=pl.when(pl.col("patient").is_in(rare)).then(pl.lit("rare")).otherwise("label"))
    for seed in range(5):
        splits = pl.Series("split", SPLITTER.assign(samples, Wish(WISH.fractions, seed)).splits)
        assert set(splits.filter(samples["label"] == "rare")) == set(SPLITS)


def test_what_groups_cannot_give_is_said_in_numbers():
    """Every ill sample is of one patient."""
    samples = population(300, 30).with_columns(
        label=pl.when(pl.col("patient") == "p05").then(pl.lit("ill")).otherwise(pl.lit("well"))
    )
    stratum, names = strata(samples, SPLITTER.evened)
    said = shortfalls(stratum, names, SPLITTER.assign(samples, WISH).splits, WISH.fractions)
    number = (samples["label"] == "ill").sum()
    assert any(f"of {number} of ill (100%" in sentence for sentence in said)
