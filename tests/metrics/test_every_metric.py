"""What must be true of every metric, those of files that are yet to be written too."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.plugin import find, make, names, summary
from dlpipe.metrics import Metric, Predictions, Undefined, number
from dlpipe.metrics.weighing import Prepared, Weighed
from tests.metrics.drawn import drawn, predictions

every_metric = pytest.mark.parametrize("name", [name for name in names(Metric) if find(Metric, name).of_one])


def made(name: str) -> Metric:
    return make(Metric, name, {})


@every_metric
def test_says_what_it_is(name: str) -> None:
    kind = find(Metric, name)
    assert summary(kind).endswith(".") or ";" in summary(kind)
    assert len(summary(kind)) > 20
    assert isinstance(kind.higher_is_better, bool)
    assert "higher_is_better" in kind.__dict__ or inspect.getmro(kind)[1] is not Metric
    assert all(field.description for field in kind.model_fields.values())


@every_metric
@given(case=drawn())
def test_gives_a_number_where_all_classes_occur(name: str, case) -> None:
    value = made(name).value(*case)
    assert isinstance(value, float)
    assert math.isfinite(value)


@every_metric
@given(case=drawn(), seed=st.integers(0, 1000))
def test_order_of_samples_does_not_matter(name: str, case, seed: int) -> None:
    y_true, said = case
    order = np.random.default_rng(seed).permutation(y_true.size)
    assert made(name).value(y_true[order], said.take(order)) == pytest.approx(made(name).value(y_true, said), abs=1e-9)


@every_metric
@given(case=drawn())
def test_every_sample_twice_changes_nothing(name: str, case) -> None:
    y_true, said = case
    twice = np.tile(np.arange(y_true.size), 2)
    assert made(name).value(y_true[twice], said.take(twice)) == pytest.approx(made(name).value(y_true, said), abs=1e-9)


@every_metric
@pytest.mark.parametrize("num_classes", (2, 4))
def test_no_samples_are_undefined(name: str, num_classes: int) -> None:
    y_true, said = predictions(0, 8, num_classes)
    none = np.arange(0)
    value = made(name).value(y_true[none], said.take(none))
    assert isinstance(value, Undefined)
    assert value.reason


@every_metric
@pytest.mark.parametrize("only", (0, 1))
def test_one_class_alone_gives_a_number_or_a_reason(name: str, only: int) -> None:
    y_true, said = predictions(1, 20, 2)
    kept = np.flatnonzero(y_true == only)
    value = made(name).value(y_true[kept], said.take(kept))
    assert isinstance(value, Undefined) or math.isfinite(value)


@every_metric
@given(case=drawn())
def test_a_perfect_answer_is_the_best(name: str, case) -> None:
    y_true, said = case
    metric = made(name)
    sure = np.eye(said.probabilities.shape[1])[y_true]
    best, found = metric.value(y_true, Predictions(sure, y_true, said.positive)), metric.value(y_true, said)
    assert isinstance(best, float)
    assert isinstance(found, float)
    assert best >= found - 1e-12 if metric.higher_is_better else best <= found + 1e-12
    assert best == pytest.approx(1 if metric.higher_is_better else 0)


@every_metric
@given(case=drawn(every_class=False), seed=st.integers(0, 1000))
def test_weights_are_repeated_samples(name: str, case, seed: int) -> None:
    """What makes intervals quick gives what the metric itself gives, also where nothing was drawn or no longer all."""
    y_true, said = case
    random = np.random.default_rng(seed)
    weights = random.poisson([[0.2], [1], [1], [3]], (4, y_true.size)).astype(np.uint8)
    weights[1] *= y_true == y_true[0]
    weights[2] *= said.predicted == said.predicted[0]
    found = made(name).weighted(Weighed(Prepared(y_true, said), weights))
    indices = [np.repeat(np.arange(y_true.size), row) for row in weights]
    wanted = [number(made(name).value(y_true[index], said.take(index))) for index in indices]
    assert found == pytest.approx(wanted, abs=1e-9, nan_ok=True)


@every_metric
def test_of_no_samples_every_resample_is_undefined(name: str) -> None:
    y_true, said = predictions(0, 8, 2)
    none = np.arange(0)
    found = made(name).weighted(Weighed(Prepared(y_true[none], said.take(none)), np.zeros((3, 0), dtype=np.uint8)))
    assert found.shape == (3,)
    assert np.isnan(found).all()
