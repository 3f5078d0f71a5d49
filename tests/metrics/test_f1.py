from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import f1_score

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.f1 import F1
from tests.metrics.drawn import drawn


@given(case=drawn())
def test_equals_scikit_learn(case) -> None:
    y_true, said = case
    how = {"average": "weighted"} if said.positive is None else {"pos_label": said.positive}
    assert F1().value(y_true, said) == pytest.approx(f1_score(y_true, said.predicted, zero_division=0, **how))


def test_a_positive_class_that_occurs_nowhere_has_none() -> None:
    y_true = np.zeros(4, dtype=np.int64)
    found = F1().value(y_true, Predictions(np.eye(2)[y_true], y_true, 1))
    assert found == Undefined("the positive class occurs nowhere")
