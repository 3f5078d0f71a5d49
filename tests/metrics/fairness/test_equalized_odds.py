from __future__ import annotations

import numpy as np
import pytest
from fairlearn.metrics import equalized_odds_difference, equalized_odds_ratio
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.metrics import Predictions, Undefined
from dlpipe.metrics.fairness.equalized_odds import EqualizedOdds
from tests.metrics.drawn import predictions


@given(seed=st.integers(0, 10_000), num_groups=st.integers(2, 4))
def test_equals_fairlearn_where_every_group_has_both_classes(seed: int, num_groups: int) -> None:
    y_true, said = predictions(seed, 60, 2)
    group = np.random.default_rng(seed).integers(0, num_groups, 60)
    complete = all(np.unique(y_true[group == one]).size == 2 for one in np.unique(group))
    found = EqualizedOdds().gap(y_true, said, group)
    if not complete:
        assert isinstance(found, Undefined)
        return
    assert found == pytest.approx(equalized_odds_difference(y_true, said.predicted, sensitive_features=group))
    ratio = EqualizedOdds().ratio(y_true, said, group)
    wanted = equalized_odds_ratio(y_true, said.predicted, sensitive_features=group)
    assert isinstance(ratio, Undefined) or np.isnan(wanted) or ratio == pytest.approx(wanted)


def test_a_group_without_a_class_has_no_rate_of_it() -> None:
    y_true, said = np.array([0, 1, 1, 1]), np.array([0, 1, 1, 1])
    found = EqualizedOdds().gap(y_true, Predictions(np.eye(2)[said], said, 1), np.array(["a", "a", "b", "b"]))
    assert found == Undefined("group 'b' has no sample of one of the classes")


def test_of_three_classes_it_is_the_worst_pair_of_label_and_answer() -> None:
    y_true = np.tile([0, 1, 2], 4)
    group = np.repeat(["a", "b"], 6)
    predicted = y_true.copy()
    predicted[6] = 1  # one of b's two samples of class 0 is called 1
    assert EqualizedOdds().gap(y_true, Predictions(np.eye(3)[predicted], predicted, None), group) == 0.5


def test_the_worst_gap_is_1() -> None:
    y_true, group = np.tile([0, 1], 10), np.repeat(["a", "b"], 10)
    predicted = (group == "b").astype(np.int64)
    assert EqualizedOdds().gap(y_true, Predictions(np.eye(2)[predicted], predicted, 1), group) == 1
