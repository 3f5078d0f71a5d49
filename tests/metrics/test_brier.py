from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import brier_score_loss

from dlpipe.metrics import Predictions
from dlpipe.metrics.brier import Brier
from tests.metrics.drawn import drawn


@given(case=drawn(every_class=False))
def test_equals_scikit_learn(case) -> None:
    y_true, said = case
    if said.positive is None:
        labels = list(range(said.probabilities.shape[1]))
        wanted = brier_score_loss(y_true, said.probabilities, labels=labels)
    else:
        wanted = brier_score_loss(y_true == said.positive, said.probabilities[:, said.positive], pos_label=True)
    assert Brier().value(y_true, said) == pytest.approx(wanted)


def test_the_worst_is_1_for_two_classes_and_2_for_more() -> None:
    y_true = np.array([0, 1])
    wrong = Predictions(np.array([[0.0, 1.0], [1.0, 0.0]]), 1 - y_true, 1)
    assert Brier().value(y_true, wrong) == 1
    assert Brier().value(y_true, Predictions(np.array([[0.0, 0, 1], [1, 0, 0]]), y_true, None)) == 2
