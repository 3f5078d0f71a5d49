from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import cohen_kappa_score

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.cohen_kappa import CohenKappa
from tests.metrics.drawn import drawn


@given(case=drawn())
def test_equals_scikit_learn(case) -> None:
    y_true, said = case
    assert CohenKappa().value(y_true, said) == pytest.approx(cohen_kappa_score(y_true, said.predicted))


def test_of_one_class_alone_there_is_no_agreement_beyond_chance() -> None:
    same = np.ones(3, dtype=np.int64)
    found = CohenKappa().value(same, Predictions(np.eye(2)[same], same, 1))
    assert found == Undefined("labels and answers are all of one class")
