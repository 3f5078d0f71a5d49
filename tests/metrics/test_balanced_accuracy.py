from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import balanced_accuracy_score

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.balanced_accuracy import BalancedAccuracy
from tests.metrics.drawn import drawn


@given(case=drawn(every_class=False))
def test_equals_scikit_learn_where_two_classes_occur(case) -> None:
    y_true, said = case
    found = BalancedAccuracy().value(y_true, said)
    if np.unique(y_true).size < 2:
        assert isinstance(found, Undefined)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of classes that only the answers name
        assert found == pytest.approx(balanced_accuracy_score(y_true, said.predicted))


def test_the_majority_class_alone_gets_one_half() -> None:
    y_true = np.array([0] * 99 + [1])
    always = Predictions(np.tile([0.99, 0.01], (100, 1)), np.zeros(100, dtype=np.int64), 1)
    assert BalancedAccuracy().value(y_true, always) == 0.5
