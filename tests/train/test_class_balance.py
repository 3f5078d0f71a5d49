"""Having and lacking a class weigh the same, however rare it is."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from dlpipe.train.class_balance import of_presence

TARGETS = (np.random.default_rng(0).random((50, 3)) < (0.1, 0.5, 0.8)).astype(np.uint8)


def test_both_sides_of_each_class_weigh_as_scikit_learn_balances_them() -> None:
    weights = of_presence(TARGETS, even=True)
    assert weights.dtype == np.float32
    for place, column in enumerate(TARGETS.T):
        wanted = compute_class_weight("balanced", classes=np.array([0, 1]), y=column)
        assert weights[:, place] == pytest.approx(wanted)


def test_unasked_and_of_a_class_that_all_have_everything_weighs_one() -> None:
    assert (of_presence(TARGETS, even=False) == 1).all()
    every = np.ones((4, 2), dtype=np.uint8)
    every[0, 1] = 0
    assert of_presence(every, even=True)[:, 0].tolist() == [1, 1]
