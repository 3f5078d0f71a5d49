from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp, softmax
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.neighbors import NearestNeighbors

from dlpipe.evaluate.foreignness import Foreignness, auroc, passing
from dlpipe.evaluate.looking import Inside

RANDOM = np.random.default_rng(0)
Y_TRUE = np.repeat([0, 2], 60)
FITTED = Inside(RANDOM.normal(size=(120, 3)), RANDOM.normal(size=(120, 5)) + 4 * (1 + Y_TRUE[:, None]))
NEAR = Inside(4 + RANDOM.normal(size=(40, 3)), RANDOM.normal(size=(40, 5)) + 4)
FAR = Inside(0.01 * RANDOM.normal(size=(30, 3)), RANDOM.normal(size=(30, 5)) + np.array([0, 0, 0, 0, 30]))


def test_scores_are_what_their_papers_say() -> None:
    found = Foreignness(FITTED, Y_TRUE).scores(NEAR)
    assert found["energy"] == pytest.approx(-logsumexp(NEAR.logits, axis=1), abs=1e-5)
    assert found["max_probability"] == pytest.approx(-softmax(NEAR.logits, axis=1).max(axis=1), abs=1e-5)
    unit = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (FITTED.features, NEAR.features)]
    wanted = NearestNeighbors(n_neighbors=10).fit(unit[0]).kneighbors(unit[1])[0][:, -1]
    assert found["knn"] == pytest.approx(wanted, abs=1e-5)


def test_what_lies_apart_is_more_foreign() -> None:
    fitted = Foreignness(FITTED, Y_TRUE)
    near, far = fitted.scores(NEAR), fitted.scores(FAR)
    for name in near:
        truth = np.r_[np.zeros(40), np.ones(30)]
        assert roc_auc_score(truth, np.r_[near[name], far[name]]) > 0.8, name


def test_features_that_never_vary_are_no_obstacle() -> None:
    flat = Inside(np.zeros((12, 2)), np.zeros((12, 3)))
    found = Foreignness(flat, np.repeat([0, 1], 6)).scores(flat)
    assert all(np.isfinite(values).all() for values in found.values())


@given(
    own=st.lists(st.integers(0, 6), min_size=1, max_size=20),
    foreign=st.lists(st.integers(0, 6), min_size=1, max_size=20),
    seed=st.integers(0, 100),
)
def test_numbers_are_those_of_scikit_learn_under_any_counts(own: list[int], foreign: list[int], seed: int) -> None:
    ours, theirs = np.array(own, float), np.array(foreign, float)
    random = np.random.default_rng(seed)
    counts, drawn = random.integers(1, 4, (2, ours.size)), random.integers(1, 4, (2, theirs.size))
    areas, rates = auroc(ours, theirs, counts, drawn), passing(ours, theirs, counts, drawn)
    for row in range(2):
        score = np.r_[np.repeat(ours, counts[row]), np.repeat(theirs, drawn[row])]
        truth = np.r_[np.zeros(counts[row].sum()), np.ones(drawn[row].sum())]
        assert areas[row] == pytest.approx(roc_auc_score(truth, score), abs=1e-6)
        fpr, tpr, _ = roc_curve(1 - truth, -score, drop_intermediate=False)
        assert rates[row] == pytest.approx(fpr[tpr >= 0.95 - 1e-9].min(), abs=1e-6)
