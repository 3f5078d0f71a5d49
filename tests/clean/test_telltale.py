from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import balanced_accuracy_score

from dlpipe.clean import telltale
from dlpipe.clean.telltale import Skill, skills


def labels(*counts: int) -> pl.Series:
    return pl.Series("label", [f"c{number}" for number, count in enumerate(counts) for _ in range(count)])


def skill(values: pl.Series, classes: pl.Series, permutations: int) -> Skill | None:
    return skills({"x": values}, classes, permutations).get("x")


def test_a_property_that_is_the_label_predicts_it_and_a_constant_says_nothing() -> None:
    found = skill(pl.Series([f"site {name}" for name in labels(50, 40, 30)]), labels(50, 40, 30), 99)
    assert found is not None
    assert (found.value, found.balanced_accuracy, found.p) == (1, 1, 0.01)
    assert found.by_chance == pytest.approx(1 / 3)
    assert skill(pl.Series([1.0] * 90), labels(50, 40), 99) is None
    assert skill(pl.Series([str(number) for number in range(90)]), labels(50, 40), 99) is None
    assert skill(pl.Series([1.0, 2.0] * 45), labels(90), 99) is None


def test_classes_too_small_for_five_folds_are_left_out() -> None:
    values = pl.Series([0.0] * 50 + [1.0] * 50 + [9.0] * 2)
    found = skill(values, labels(50, 50, 2), 19)
    assert found is not None
    assert found.by_chance == 0.5


def test_missing_numbers_are_a_bin_of_their_own() -> None:
    random = np.random.default_rng(0).normal(size=50).tolist()
    found = skill(pl.Series([*random, *[None] * 50]), labels(50, 50), 99)
    assert found is not None
    assert found.value == 1


def test_the_accuracy_is_that_of_scikit_learn_on_the_same_answers() -> None:
    """Written out fold by fold: each bin answers with the class that is most over-represented in the other folds."""
    random = np.random.default_rng(3)
    bins, classes, folds = random.integers(0, 4, 300), random.integers(0, 3, 300), random.integers(0, 5, 300)
    classes[bins == 2] = 1
    answers = np.zeros(300, int)
    for fold in range(5):
        for value in range(4):
            known = folds != fold
            shares = [np.mean(bins[known & (classes == label)] == value) for label in range(3)]
            answers[(folds == fold) & (bins == value)] = int(np.argmax(shares))
    expected = balanced_accuracy_score(classes, answers)
    question = telltale._Question(bins, folds, 3)  # pyright: ignore[reportPrivateUsage]
    assert question.balanced_accuracy(classes) == pytest.approx(expected)


def test_a_property_is_judged_as_if_it_were_alone() -> None:
    random = np.random.default_rng(1)
    classes = labels(60, 60)
    told = {f"p{n}": pl.Series(random.normal(size=120) + n * (classes == "c1").to_numpy()) for n in range(3)}
    together = skills(told, classes, 99)
    assert together == {name: skill(values, classes, 99) for name, values in told.items()}
    assert together["p2"].above_chance
