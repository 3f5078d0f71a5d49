from __future__ import annotations

import pytest
from fairlearn.metrics import MetricFrame
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

from dlpipe.metrics.fairness.worst_group_accuracy import WorstGroupAccuracy
from tests.metrics.fairness.test_every_fairness_metric import three_groups


@given(seed=st.integers(0, 10_000), num_classes=st.sampled_from((2, 4)))
def test_equals_fairlearns_frame(seed: int, num_classes: int) -> None:
    y_true, said, group = three_groups(seed, num_classes)
    frame = MetricFrame(metrics=accuracy_score, y_true=y_true, y_pred=said.predicted, sensitive_features=group)
    assert WorstGroupAccuracy().gap(y_true, said, group) == pytest.approx(frame.difference())
    assert WorstGroupAccuracy().ratio(y_true, said, group) == pytest.approx(frame.ratio())
