from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from dlpipe import similarity
from dlpipe.clean import views
from dlpipe.modalities.image import Image
from tests.clean.checks.test_every_check import made
from tests.clean.evidence import sample, scene

PIXELS = st_numpy.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20)))


@given(PIXELS, st.floats(0.001, 0.999))
def test_quantiles_are_those_of_numpy(values: np.ndarray, share: float):
    assert views.quantile(views.cumulative(values, 256), share) == np.quantile(values, share, method="inverted_cdf")
    wide = values.astype(np.uint16) * 4
    assert views.quantile(views.cumulative(wide, 1024), share) == np.quantile(wide, share, method="inverted_cdf")
    assert views.high_quantile(values, share) == np.quantile(values, share, method="inverted_cdf")


def test_extreme_channels():
    one = sample("a", np.full((5, 5, 3), (10, 200, 30), np.uint8))
    assert views.brightest_cumulative(one).tolist() == [0] * 200 + [25] * 56
    assert views.darkest_cumulative(one).tolist() == [0] * 10 + [25] * 246


def test_calm_is_the_smoothed_brightness_to_a_sixteenth_of_a_level():
    one = sample("a", scene(1, 192))
    expected = cv2.GaussianBlur(views.small_grey(one).astype(np.float64), (0, 0), 1)
    np.testing.assert_allclose(views.calm_grey(one) / views.CALM_STEPS, expected, atol=0.2)


@pytest.mark.parametrize(
    "name", ("small_grey", "tiny_grey", "calm_grey", "grey_cumulative", "brightest_cumulative", "darkest_cumulative")
)
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


@pytest.mark.parametrize("name", ("blurry", "bright", "dark", "low_information", "odd_colour", "spurious"))
def test_a_jpeg_decoded_smaller_looks_like_the_whole(name: str):
    from sklearn.datasets import load_sample_images

    for photo in load_sample_images().images:
        content = cv2.imencode(".jpg", cv2.resize(photo, (2000, 1400), interpolation=cv2.INTER_CUBIC))[1].tobytes()
        whole, small = Image().decode(content)[0], Image().glance(content, views.LEAST_PX)[0]
        assert small.shape == (350, 500, 3)
        check = made(name)
        assert np.allclose(check.look(sample("a", small)), check.look(sample("a", whole)), rtol=0.04, atol=2)


def test_a_jpeg_decoded_smaller_has_the_fingerprint_of_the_whole():
    from sklearn.datasets import load_sample_images

    for photo in load_sample_images().images:
        content = cv2.imencode(".jpg", cv2.resize(photo, (2000, 1400), interpolation=cv2.INTER_CUBIC))[1].tobytes()
        found = [
            similarity.fingerprint(value) for value in (Image().decode(content)[0], Image().glance(content, 384)[0])
        ]
        likeness = similarity.likeness(similarity.prints(found), np.array([0]), np.array([1]))
        assert 1 - likeness[0] < similarity.UNLIKENESS / 10
