"""What must be true of every gap between groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.plugin import find, make, names, summary
from dlpipe.metrics import Undefined
from dlpipe.metrics.fairness import FairnessMetric
from dlpipe.metrics.weighing import Prepared, Weighed
from tests.metrics.drawn import predictions

every_gap = pytest.mark.parametrize("name", names(FairnessMetric))


def made(name: str) -> FairnessMetric:
    return make(FairnessMetric, name, {})


def three_groups(seed: int, num_classes: int = 2):
    """Each group holds every class, as label and as answer."""
    y_true, said = predictions(seed, 30 * num_classes, num_classes)
    y_true = np.arange(y_true.size) % num_classes
    said.predicted[: 3 * num_classes] = y_true[: 3 * num_classes]
    group = np.array(["north", "south", "west"])[np.arange(y_true.size) // num_classes % 3]
    return y_true, said, group


@every_gap
def test_says_what_it_is(name: str) -> None:
    kind = find(FairnessMetric, name)
    assert len(summary(kind)) > 20
    assert all(field.description for field in kind.model_fields.values())


@every_gap
@pytest.mark.parametrize("num_classes", (2, 3))
@given(seed=st.integers(0, 1000))
def test_lies_between_0_and_1_whatever_the_order_and_however_often_seen(name: str, num_classes: int, seed: int) -> None:
    y_true, said, group = three_groups(seed, num_classes)
    found = made(name).gap(y_true, said, group)
    assert isinstance(found, float)
    assert 0 <= found <= 1
    order = np.random.default_rng(seed).permutation(np.tile(np.arange(y_true.size), 2))
    assert made(name).gap(y_true[order], said.take(order), group[order]) == pytest.approx(found)


@every_gap
@given(seed=st.integers(0, 1000))
def test_groups_that_are_alike_have_no_gap(name: str, seed: int) -> None:
    y_true, said, _ = three_groups(seed)
    twice = np.tile(np.arange(y_true.size), 2)
    group = np.repeat([0, 1], y_true.size)
    assert made(name).gap(y_true[twice], said.take(twice), group) == pytest.approx(0)


@every_gap
@pytest.mark.parametrize("size", (0, 6))
def test_fewer_than_two_groups_have_no_gap(name: str, size: int) -> None:
    y_true, said, _ = three_groups(0)
    kept = np.arange(size)
    found = made(name).gap(y_true[kept], said.take(kept), np.array(["a"] * size))
    assert found == Undefined("fewer than two groups occur")


@every_gap
@pytest.mark.parametrize("num_classes", (2, 3))
@given(seed=st.integers(0, 1000))
def test_weights_are_repeated_samples(name: str, num_classes: int, seed: int) -> None:
    y_true, said, group = three_groups(seed, num_classes)
    weights = np.random.default_rng(seed).poisson([[0.2], [1], [3]], (3, y_true.size)).astype(np.uint8)
    samples = Weighed(Prepared(y_true, said), weights)
    found, wanted = made(name).weighted(samples, group), FairnessMetric.weighted(made(name), samples, group)
    assert found == pytest.approx(wanted, abs=1e-9, nan_ok=True)


@every_gap
@given(seed=st.integers(0, 1000))
def test_a_ratio_of_1_is_even_and_none_is_above(name: str, seed: int) -> None:
    y_true, said, group = three_groups(seed)
    found, gap = made(name).ratio(y_true, said, group), made(name).gap(y_true, said, group)
    assert isinstance(found, Undefined) or 0 <= found <= 1
    assert isinstance(found, Undefined) or (found == pytest.approx(1)) == (gap == pytest.approx(0))
