from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import accuracy_score

from dlpipe.metrics.accuracy import Accuracy
from tests.metrics.drawn import drawn, predictions


@given(case=drawn(every_class=False))
def test_equals_scikit_learn(case) -> None:
    y_true, said = case
    assert Accuracy().value(y_true, said) == pytest.approx(accuracy_score(y_true, said.predicted))


def test_counts_answers_at_the_operating_point_and_not_the_likeliest() -> None:
    y_true, said = predictions(0, 50, 2)
    assert Accuracy().value(y_true, said) == np.mean(said.predicted == y_true)
    assert np.mean(said.predicted == y_true) != np.mean(said.probabilities.argmax(axis=1) == y_true)
