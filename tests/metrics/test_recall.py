from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import recall_score

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.recall import Recall
from tests.metrics.drawn import drawn, predictions


@given(case=drawn())
def test_equals_scikit_learn(case) -> None:
    y_true, said = case
    chosen = {"average": "macro"} if said.positive is None else {"pos_label": said.positive}
    assert Recall().value(y_true, said) == pytest.approx(recall_score(y_true, said.predicted, **chosen))


def test_is_of_the_class_that_is_looked_for() -> None:
    y_true, said = predictions(3, 60, 2)
    other = Predictions(said.probabilities, said.predicted, 0)
    assert Recall().value(y_true, other) == pytest.approx(recall_score(y_true, said.predicted, pos_label=0))
    assert Recall().value(y_true, other) != Recall().value(y_true, said)


def test_without_a_positive_sample_there_is_none() -> None:
    y_true, said = predictions(3, 60, 2)
    kept = np.flatnonzero(y_true == 0)
    assert Recall().value(y_true[kept], said.take(kept)) == Undefined("no sample of the positive class")
