from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from dlpipe.metrics.weighing import Prepared, Weighed
from tests.metrics.drawn import predictions


def weighed(seed: int, digits: int = 1) -> Weighed:
    y_true, said = predictions(seed, 20, 3, digits)
    return Weighed(Prepared(y_true, said), np.random.default_rng(seed).poisson(1, (4, 20)).astype(np.uint8))


@given(seed=st.integers(0, 1000))
def test_counts_are_those_of_scikit_learns_confusion_matrix(seed: int) -> None:
    samples = weighed(seed)
    group = np.arange(20) % 2
    for row, weights in enumerate(samples.weights):
        wanted = confusion_matrix(samples.y_true, samples.y_pred.predicted, sample_weight=weights)
        assert samples.table(group, 2)[row].sum(axis=0).tolist() == wanted.tolist()
        assert samples.actual[row].tolist() == wanted.sum(axis=1).tolist()
        assert samples.named[row].tolist() == wanted.sum(axis=0).tolist()
        assert samples.right[row].tolist() == np.diag(wanted).tolist()
        assert samples.totals[row] == weights.sum()


@given(seed=st.integers(0, 1000), digits=st.sampled_from((1, 6)))
def test_a_curve_counts_what_lies_at_or_above_each_distinct_score(seed: int, digits: int) -> None:
    samples = weighed(seed, digits)
    score = samples.y_pred.probabilities[:, 1]
    positives, named = samples.curve(1)
    for row, weights in enumerate(samples.weights):
        above = [score >= least for least in (np.inf, *sorted(set(score), reverse=True))]
        assert named[row].tolist() == [weights[kept].sum() for kept in above]
        assert positives[row].tolist() == [weights[kept & (samples.y_true == 1)].sum() for kept in above]


def test_means_of_nothing_are_nan_and_things_are_found_once() -> None:
    y_true, said = predictions(0, 5, 2)
    prepared = Prepared(y_true, said)
    samples = Weighed(prepared, np.array([[0, 0, 0, 0, 0], [2, 0, 0, 0, 1]]))
    found = samples.mean(np.arange(5.0))
    assert np.isnan(found[0])
    assert found[1] == 4 / 3
    assert prepared.once("three", lambda: 3) == prepared.once("three", lambda: 4) == 3


def test_repeated_samples_are_the_drawn_ones() -> None:
    samples = weighed(0)
    for row, (y_true, said) in enumerate(samples.repeated()):
        assert y_true.size == said.predicted.size == samples.totals[row]
        assert np.bincount(y_true, minlength=3).tolist() == samples.actual[row].tolist()
