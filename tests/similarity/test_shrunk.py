from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe import similarity
from dlpipe.similarity.shrunk import SMALL_PX, shrunk
from tests.clean.evidence import scene


@pytest.mark.parametrize("size_px", (193, 300, 384, 500, 767, 768, 1000, 2111))
def test_it_is_what_averaging_areas_gives(size_px: int):
    picture = cv2.GaussianBlur(scene(3, size_px), (0, 0), size_px / 192)
    found = shrunk(picture).astype(np.int64)
    averaged = cv2.resize(picture, (SMALL_PX, SMALL_PX), interpolation=cv2.INTER_AREA).astype(np.int64)
    assert np.abs(found - averaged).mean() < 0.5
    assert np.abs(found - averaged).max() <= 6


def test_noise_is_averaged_away():
    noise = np.random.default_rng(0).normal(128, 30, (1000, 1000)).clip(0, 255).astype(np.uint8)
    assert shrunk(noise).std() < noise.std() / 2


@given(st.integers(1, 900), st.integers(1, 900))
def test_of_any_shape_it_is_at_most_so_large_and_keeps_its_shape(height: int, width: int):
    found = shrunk(np.zeros((height, width, 3), np.uint8))
    assert min(found.shape[:2]) >= 1
    assert max(found.shape[:2]) == min(SMALL_PX, max(height, width))
    if min(height, width) > 50:
        factor = max(found.shape[:2]) / max(height, width)
        assert np.allclose(found.shape[:2], (height * factor, width * factor), atol=1)


def test_a_line_of_pixels_stays_one():
    assert shrunk(np.zeros((1, 30_000, 3), np.uint8)).shape == (1, SMALL_PX, 3)


def test_equal_channels_stay_equal_and_are_what_one_gives():
    grey = scene(5, 421)[..., 0].copy()
    three = shrunk(cv2.merge((grey, grey, grey)))
    assert all(np.array_equal(three[..., channel], shrunk(grey)) for channel in range(3))


def test_a_small_picture_comes_back_as_it_is():
    picture = scene(1, SMALL_PX)
    assert shrunk(picture) is picture


@pytest.mark.parametrize("size_px", (80, 300, 1000))
def test_the_fingerprint_is_that_of_the_shrunk_picture_and_of_its_one_channel(size_px: int):
    picture = scene(7, size_px)
    assert np.array_equal(similarity.fingerprint(shrunk(picture)), similarity.fingerprint(picture))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    assert np.array_equal(similarity.fingerprint(grey), similarity.fingerprint(cv2.merge((grey, grey, grey))))
