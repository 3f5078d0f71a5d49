"""What the gate promises of chance, by simulation; the figures of the docs come from `tests/benchmarks/false_promotion.py`."""

from __future__ import annotations

import pytest

from dlpipe.metrics.accuracy import Accuracy
from dlpipe.metrics.auroc import Auroc
from tests.benchmarks.false_promotion import ALPHA, rate


@pytest.mark.slow
@pytest.mark.parametrize(
    ("metrics", "n", "per_cluster", "margin"),
    (
        ({"accuracy": Accuracy()}, 200, 0, 0.0),
        ({"auroc": Auroc()}, 200, 0, 0.0),
        ({"auroc": Auroc()}, 200, 0, 0.03),
        ({"auroc": Auroc()}, 240, 20, 0.0),
    ),
)
def test_a_model_that_is_no_better_is_promoted_no_more_often_than_said(metrics, n, per_cluster, margin):
    assert rate(metrics, n, per_cluster, margin, 400)["low"] <= ALPHA
