from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import matthews_corrcoef

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.mcc import Mcc
from tests.metrics.drawn import drawn


@given(case=drawn())
def test_equals_scikit_learn(case) -> None:
    y_true, said = case
    assert Mcc().value(y_true, said) == pytest.approx(matthews_corrcoef(y_true, said.predicted))


def test_answers_that_never_vary_correlate_with_nothing() -> None:
    y_true, same = np.array([0, 1, 1]), np.ones(3, dtype=np.int64)
    said = Predictions(np.eye(2)[same], same, 1)
    assert Mcc().value(y_true, said) == Undefined("all labels or all answers are the same")
