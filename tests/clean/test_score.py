from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.clean.score import falling, rising


def test_the_scale_has_its_middle_at_the_limit():
    np.testing.assert_allclose(rising(np.array([0, 2, 4, 1e9]), 2), [0, 0.5, 0.8, 1])
    np.testing.assert_allclose(falling(np.array([0, 2, 4, 1e9]), 2), [1, 0.5, 0.2, 0], atol=1e-12)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(1e-3, 1e3))
def test_scores_stay_in_range_and_keep_the_order(measures: list[float], limit: float):
    scores = rising(np.sort(measures), limit)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert (np.diff(scores) >= 0).all()
