"""Baselines of several labels, class by class, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score
from sklearn.neighbors import KNeighborsClassifier

from dlpipe.evaluate.baselines import Part
from dlpipe.evaluate.several import baselines
from dlpipe.evaluate.several.baselines import NAMES, fit_baselines


def parts(seed: int = 0, num_val: int = 40) -> dict[str, Part]:
    random = np.random.default_rng(seed)
    found: dict[str, Part] = {}
    for name, count in (("train", 80), ("val", num_val), ("test", 30)):
        features = random.normal(size=(count, 5))
        noisy = features[:, :3] + random.normal(0, 0.5, (count, 3))
        found[name] = Part(features.astype(np.float32), (noisy > (0.0, 0.8, 99.0)).astype(np.uint8))
    return found


def test_all_are_answered_class_by_class() -> None:
    given_ = parts()
    found = fit_baselines(given_)
    assert tuple(found) == NAMES
    for baseline in found.values():
        assert baseline.predictions.probabilities.shape == baseline.predictions.predicted.shape == (30, 3)
    shares = given_["train"].y_true.mean(axis=0)
    assert found["prevalence"].predictions.probabilities[0] == pytest.approx(shares)
    linear = found["logistic_regression"].predictions
    truth = given_["test"].y_true
    assert f1_score(truth[:, 0], linear.predicted[:, 0]) > 0.7
    assert (linear.probabilities[:, 2] == 0).all()  # a class that train has not


def test_neighbours_are_those_of_scikit_learn_which_knows_several_labels() -> None:
    given_ = parts()
    found = fit_baselines(given_)["knn"]
    mean, deviation = (
        given_["train"].features.mean(0, dtype=np.float64),
        given_["train"].features.std(0, dtype=np.float64),
    )
    theirs = KNeighborsClassifier(n_neighbors=int(found.setting["k"]), algorithm="brute")
    theirs.fit((given_["train"].features - mean) / deviation, given_["train"].y_true[:, :2])
    wanted = theirs.predict_proba((given_["test"].features - mean) / deviation)
    for place in (0, 1):
        assert found.predictions.probabilities[:, place] == pytest.approx(wanted[place][:, 1])


def test_without_val_nothing_is_chosen() -> None:
    found = fit_baselines(parts(num_val=0))
    assert found["knn"].setting == {"k": 15}
    assert found["logistic_regression"].setting == {"C": 0.01}


def test_thresholds_have_the_best_f1_on_val_and_are_one_half_where_nothing_can_be_learned() -> None:
    random = np.random.default_rng(0)
    score, has = random.random(40).round(2), random.random(40) < 0.4
    best = max(f1_score(has, score >= one) for one in score)
    assert f1_score(has, score >= baselines._threshold(has, score)) == pytest.approx(best)
    assert baselines._threshold(np.zeros(3, bool), score[:3]) == 0.5
