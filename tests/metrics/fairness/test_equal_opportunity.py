from __future__ import annotations

import pytest
from fairlearn.metrics import equal_opportunity_difference, equal_opportunity_ratio
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.metrics.fairness.equal_opportunity import EqualOpportunity
from tests.metrics.fairness.test_every_fairness_metric import three_groups


@given(seed=st.integers(0, 10_000))
def test_equals_fairlearn(seed: int) -> None:
    y_true, said, group = three_groups(seed)
    wanted = equal_opportunity_difference(y_true, said.predicted, sensitive_features=group)
    assert EqualOpportunity().gap(y_true, said, group) == pytest.approx(wanted)
    wanted = equal_opportunity_ratio(y_true, said.predicted, sensitive_features=group)
    assert EqualOpportunity().ratio(y_true, said, group) == pytest.approx(wanted)
