from __future__ import annotations

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_score

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.fairness.predictive_parity import PredictiveParity
from tests.metrics.fairness.test_every_fairness_metric import three_groups


@given(seed=st.integers(0, 10_000))
def test_equals_fairlearns_frame(seed: int) -> None:
    y_true, said, group = three_groups(seed)
    frame = MetricFrame(metrics=precision_score, y_true=y_true, y_pred=said.predicted, sensitive_features=group)
    assert PredictiveParity().gap(y_true, said, group) == pytest.approx(frame.difference())
    assert PredictiveParity().ratio(y_true, said, group) == pytest.approx(frame.ratio())


def test_a_group_that_never_gets_the_answer_has_no_precision() -> None:
    y_true, said = np.array([0, 1, 0, 1]), np.array([0, 1, 0, 0])
    found = PredictiveParity().gap(y_true, Predictions(np.eye(2)[said], said, 1), np.array(["a", "a", "b", "b"]))
    assert found == Undefined("group 'b' has no sample that gets one of the answers")
