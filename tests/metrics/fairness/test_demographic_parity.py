from __future__ import annotations

import numpy as np
import pytest
from fairlearn.metrics import demographic_parity_difference, demographic_parity_ratio
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.metrics import Predictions
from dlpipe.metrics.fairness.demographic_parity import DemographicParity
from tests.metrics.drawn import predictions


@given(seed=st.integers(0, 10_000), num_groups=st.integers(2, 4))
def test_equals_fairlearn(seed: int, num_groups: int) -> None:
    y_true, said = predictions(seed, 60, 2)
    group = np.arange(60) % num_groups
    wanted = demographic_parity_difference(y_true, said.predicted, sensitive_features=group)
    assert DemographicParity().gap(y_true, said, group) == pytest.approx(wanted)
    wanted = demographic_parity_ratio(y_true, said.predicted, sensitive_features=group)
    assert DemographicParity().ratio(y_true, said, group) == pytest.approx(wanted)


def test_of_three_classes_it_is_the_widest() -> None:
    predicted = np.array([0, 0, 1, 2, 0, 1, 1, 2])
    group = np.repeat(["a", "b"], 4)
    found = DemographicParity().gap(predicted, Predictions(np.eye(3)[predicted], predicted, None), group)
    assert found == pytest.approx(0.25)


def test_the_worst_gap_is_1() -> None:
    y_true, group = np.tile([0, 1], 10), np.repeat(["a", "b"], 10)
    predicted = (group == "b").astype(np.int64)
    assert DemographicParity().gap(y_true, Predictions(np.eye(2)[predicted], predicted, 1), group) == 1
