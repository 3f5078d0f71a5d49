from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.model_selection import StratifiedKFold

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.split.splitters.k_fold import KFold
from tests.split.population import WISH, population


def table(samples: pl.DataFrame, splitter: KFold) -> pl.DataFrame:
    assignment = splitter.assign(samples, WISH)
    return samples.with_columns(pl.Series("split", assignment.splits), pl.Series("fold", assignment.folds))


def test_folds_are_as_even_as_those_of_scikit_learn():
    samples = population(997)
    ours = table(samples, KFold(folds=5)).group_by("fold").agg(pl.len(), (pl.col("label") == "ill").sum().alias("ill"))
    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(samples["id"], samples["label"])
    theirs = [(len(test), int((samples["label"].to_numpy()[test] == "ill").sum())) for _, test in folds]
    assert np.ptp(ours["ill"].to_numpy()) <= np.ptp([ill for _, ill in theirs])
    assert np.ptp(ours["len"].to_numpy()) <= 2


def test_groups_stay_in_one_fold():
    found = table(population(600, 40), KFold(folds=5, by="patient", fold=2))
    assert found.group_by("patient").agg(pl.col("fold").n_unique())["fold"].max() == 1
    assert found.filter(pl.col("split") == "test")["fold"].unique().to_list() == [2]


def test_the_last_fold_has_the_first_for_val():
    found = table(population(), KFold(folds=4, fold=3))
    assert found.filter(pl.col("split") == "val")["fold"].unique().to_list() == [0]


def test_fewer_groups_than_folds_are_a_no():
    with pytest.raises(DlpipeError, match="no way to fill 5 folds") as caught:
        KFold(folds=5, by="official").assign(population(), WISH)
    assert caught.value.exit_code == Exit.NO


def test_a_fold_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="fold 5 is none of 0 to 4"):
        KFold(fold=5)
