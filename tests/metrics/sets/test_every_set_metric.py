"""What must be true of every metric of several labels, those of files that are yet to be written too."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.plugin import find, make, names
from dlpipe.metrics import Metric, Predictions, Undefined, number
from dlpipe.metrics.weighing import Prepared, Weighed
from tests.metrics.sets.drawn import Drawn, drawn_sets, set_predictions

every_metric = pytest.mark.parametrize("name", [name for name in names(Metric) if find(Metric, name).of_several])


def made(name: str) -> Metric:
    return make(Metric, name, {})


@pytest.mark.parametrize("name", names(Metric))
def test_a_metric_is_of_one_label_or_of_several(name: str) -> None:
    assert find(Metric, name).of_one or find(Metric, name).of_several


@every_metric
@given(case=drawn_sets(), seed=st.integers(0, 1000))
def test_the_order_of_samples_does_not_matter_and_every_sample_twice_changes_nothing(
    name: str, case: Drawn, seed: int
) -> None:
    y_true, said = case
    value = made(name).value(y_true, said)
    assert isinstance(value, float)
    assert math.isfinite(value)
    order = np.random.default_rng(seed).permutation(len(y_true))
    assert made(name).value(y_true[order], said.take(order)) == pytest.approx(value, abs=1e-9)
    twice = np.tile(np.arange(len(y_true)), 2)
    assert made(name).value(y_true[twice], said.take(twice)) == pytest.approx(value, abs=1e-9)


@every_metric
def test_no_samples_are_undefined(name: str) -> None:
    y_true, said = set_predictions(0, 8, 3)
    none = np.arange(0)
    value = made(name).value(y_true[none], said.take(none))
    assert isinstance(value, Undefined)
    assert value.reason
    weights = np.zeros((3, 0), dtype=np.uint8)
    assert np.isnan(made(name).weighted(Weighed(Prepared(y_true[none], said.take(none)), weights))).all()


@every_metric
def test_a_class_that_nobody_has_gives_a_number_or_a_reason(name: str) -> None:
    y_true, said = set_predictions(1, 20, 3)
    y_true[:, 1] = 0
    value = made(name).value(y_true, said)
    assert value.reason if isinstance(value, Undefined) else math.isfinite(value)


@every_metric
@given(case=drawn_sets())
def test_a_perfect_answer_is_the_best(name: str, case: Drawn) -> None:
    y_true, said = case
    metric = made(name)
    best = metric.value(y_true, Predictions(y_true.astype(np.float64), y_true > 0, None))
    found = metric.value(y_true, said)
    assert isinstance(best, float)
    assert isinstance(found, float)
    assert best >= found - 1e-12 if metric.higher_is_better else best <= found + 1e-12
    assert best == pytest.approx(1 if metric.higher_is_better else 0)


@every_metric
@given(case=drawn_sets(every_class=False), seed=st.integers(0, 1000))
def test_weights_are_repeated_samples(name: str, case: Drawn, seed: int) -> None:
    y_true, said = case
    random = np.random.default_rng(seed)
    weights = random.poisson([[0.2], [1], [1], [3]], (4, len(y_true))).astype(np.uint8)
    weights[1] *= y_true[:, 0] == y_true[0, 0]
    weights[2] *= said.predicted[:, 0] == said.predicted[0, 0]
    found = made(name).weighted(Weighed(Prepared(y_true, said), weights))
    indices = [np.repeat(np.arange(len(y_true)), row) for row in weights]
    wanted = [number(made(name).value(y_true[index], said.take(index))) for index in indices]
    assert found == pytest.approx(wanted, abs=1e-9, nan_ok=True)
