from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from dlpipe.clean.quantiles import brightness, quantile
from tests.clean.evidence import sample

PIXELS = st_numpy.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20)))


@given(PIXELS, st.floats(0.001, 0.999))
def test_it_is_the_quantile_of_numpy(values: np.ndarray, share: float):
    assert quantile(values, share) == np.quantile(values, share, method="inverted_cdf")
    wide = values.astype(np.uint16) * 5
    assert quantile(wide, share) == np.quantile(wide, share, method="inverted_cdf")


@pytest.mark.parametrize(("channel", "expected"), (("brightest", 200 / 255), ("darkest", 10 / 255)))
def test_channels(channel: str, expected: float):
    value = np.full((5, 5, 3), (10, 200, 30), np.uint8)
    assert brightness(sample("a", value), channel, 0.5) == pytest.approx(expected)
