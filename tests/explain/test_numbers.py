from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from dlpipe.explain.numbers import mean, metric, share
from dlpipe.metrics import Predictions
from dlpipe.metrics.auroc import Auroc


@given(count=st.integers(0, 50), more=st.integers(0, 50))
def test_a_share_has_scipys_interval(count: int, more: int) -> None:
    found = share(count, count + more)
    if count + more == 0:
        assert found["value"] is None
        assert found["reason"] == "no samples"
        return
    wanted = binomtest(count, count + more).proportion_ci(method="wilson")
    assert (found["low"], found["high"]) == pytest.approx((wanted.low, wanted.high), abs=1e-5)


def test_a_mean_lies_inside_its_interval_and_none_is_null() -> None:
    found = mean(np.random.default_rng(0).normal(5, 1, 100), 0)
    assert found["low"] < found["value"] < found["high"]
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 / 10, rel=0.25)
    assert mean(np.empty(0), 0)["value"] is None


def test_a_metric_has_its_value_or_its_reason() -> None:
    positive = np.linspace(0, 1, 40)
    said = Predictions(np.stack([1 - positive, positive], axis=1), (positive > 0.5).astype(int), 1)
    found = metric(Auroc(), (positive > 0.4).astype(int), said, 0)
    assert found["value"] == 1
    assert metric(Auroc(), np.zeros(40, int), said, 0)["reason"] == "only one class occurs"
