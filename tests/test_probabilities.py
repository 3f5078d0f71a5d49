"""From outputs to probabilities and answers; those of one class a sample are tested through the predictor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, softmax

from dlpipe.probabilities import calibrated, decided, over, sigmoid


@given(st.lists(st.floats(-900, 900), min_size=1, max_size=6), st.floats(0.05, 20))
def test_each_class_by_itself_is_the_logistic_function(logits: list[float], temperature: float) -> None:
    given_ = np.array([logits])
    assert sigmoid(given_, temperature) == pytest.approx(expit(given_ / temperature), abs=1e-12)


def test_of_one_class_a_sample_rows_sum_to_one() -> None:
    logits = np.random.default_rng(0).normal(0, 5, (20, 4))
    assert calibrated(logits, 2.0) == pytest.approx(softmax(logits / 2, axis=1))
    assert decided(calibrated(logits, 2.0), None, None).tolist() == logits.argmax(axis=1).tolist()


def test_what_reaches_its_own_threshold_is_answered() -> None:
    found = over(np.array([[0.2, 0.5, 0.9], [0.19, 0.6, 0.1]]), [0.2, 0.6, 1.0])
    assert found.tolist() == [[True, False, False], [False, True, False]]
