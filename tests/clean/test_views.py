from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from dlpipe.clean import views
from tests.clean.evidence import sample, scene

PIXELS = st_numpy.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20)))


@given(PIXELS, st.floats(0.001, 0.999))
def test_quantiles_are_those_of_numpy(values: np.ndarray, share: float):
    assert views.quantile(views.counts(values, 256), share) == np.quantile(values, share, method="inverted_cdf")
    wide = values.astype(np.uint16) * 4
    assert views.quantile(views.counts(wide, 1024), share) == np.quantile(wide, share, method="inverted_cdf")


def test_extreme_channels():
    one = sample("a", np.full((5, 5, 3), (10, 200, 30), np.uint8))
    assert np.flatnonzero(views.brightest_counts(one)).tolist() == [200]
    assert np.flatnonzero(views.darkest_counts(one)).tolist() == [10]


@pytest.mark.parametrize("name", ("small_grey", "tiny_grey", "grey_counts", "brightest_counts", "darkest_counts"))
def test_a_file_of_grey_gives_what_weighing_its_channels_would(name: str):
    value = np.repeat(cv2.cvtColor(scene(1, 256), cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    plain = sample("a", value)
    stored = replace(plain, facts={**plain.facts, "mode": "L"}, views={})
    view = getattr(views, name)
    assert np.array_equal(view(stored), view(plain))


def test_a_view_is_derived_once():
    one = sample("a", scene(1))
    assert views.tiny_grey(one) is views.tiny_grey(one)
    assert set(one.views) == {"small", "tiny", "tiny_grey"}


def test_small_is_small_and_never_larger_than_it_was():
    assert views.small(sample("a", scene(1, 400))).shape == (192, 192, 3)
    assert views.small_grey(sample("a", scene(1, 96))).shape == (96, 96)


def test_the_spread_is_that_between_channels():
    one = sample("a", np.full((5, 5, 3), (10, 200, 30), np.uint8))
    assert (views.tiny_spread(one) == 190).all()
    assert views.tiny_spread(replace(one, facts={"mode": "L"}, views={})).tolist() == [[0]]
