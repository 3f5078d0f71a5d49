from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import log_loss

from dlpipe.metrics import Predictions
from dlpipe.metrics.log_loss import LogLoss
from tests.metrics.drawn import drawn


@given(case=drawn())
def test_equals_scikit_learn(case) -> None:
    y_true, said = case
    wanted = log_loss(y_true, said.probabilities, labels=range(said.probabilities.shape[1]))
    assert LogLoss().value(y_true, said) == pytest.approx(wanted)


def test_one_sure_error_is_large_and_finite() -> None:
    y_true = np.array([0])
    assert LogLoss().value(y_true, Predictions(np.array([[0.0, 1.0]]), 1 - y_true, 1)) == pytest.approx(36.04, abs=0.01)
