from __future__ import annotations

import numpy as np
import pytest

from dlpipe.clean.spread import oddity


def test_where_all_are_alike_the_limit_counts():
    assert oddity(np.array([5.0] * 9 + [7.0]), 2)[-1] == pytest.approx(0.5)


def test_where_values_differ_more_than_the_limit_their_spread_counts():
    values = np.arange(101.0)
    assert oddity(values, 1).max() < 0.5
    assert oddity(np.append(values, 50 + 3 * 50), 1)[-1] == pytest.approx(0.5, abs=0.02)
