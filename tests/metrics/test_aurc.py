from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.metrics import Predictions
from dlpipe.metrics.aurc import Aurc
from tests.metrics.drawn import predictions


@given(seed=st.integers(0, 1000), num_classes=st.sampled_from((2, 4)))
def test_is_the_mean_error_rate_of_the_surest_1_2_3_up_to_all(seed: int, num_classes: int) -> None:
    y_true, said = predictions(seed, 25, num_classes, digits=15)
    order = np.argsort(-said.probabilities.max(axis=1))
    wrong = (said.probabilities.argmax(axis=1) != y_true)[order]
    assert Aurc().value(y_true, said) == pytest.approx(np.mean([wrong[: kept + 1].mean() for kept in range(25)]))


def test_equal_confidence_tells_nothing_apart() -> None:
    y_true = np.array([0, 1, 1, 1])
    assert Aurc().value(y_true, Predictions(np.tile([0.4, 0.6], (4, 1)), y_true, 1)) == 0.25
