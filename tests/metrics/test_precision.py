from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import precision_score

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.precision import Precision
from tests.metrics.drawn import drawn


@given(case=drawn())
def test_equals_scikit_learn(case) -> None:
    y_true, said = case
    how = {"average": "macro"} if said.positive is None else {"pos_label": said.positive}
    assert Precision().value(y_true, said) == pytest.approx(precision_score(y_true, said.predicted, **how))


def test_what_is_never_claimed_is_neither_right_nor_wrong() -> None:
    y_true, none = np.array([0, 1, 1]), np.zeros(3, dtype=np.int64)
    assert Precision().value(y_true, Predictions(np.eye(2)[none], none, 1)) == Undefined("no sample is called positive")
    assert Precision().value(y_true, Predictions(np.eye(3)[none], none, None)) == Undefined(
        "a class is never the answer"
    )
