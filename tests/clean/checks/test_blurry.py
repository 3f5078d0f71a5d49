from __future__ import annotations

import cv2
import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from dlpipe.clean.checks.blurry import Blurry
from tests.clean.evidence import sample, seen


def score(value: np.ndarray) -> float:
    check = Blurry()
    return float(check.judge(seen(check, [sample("a", value)])).scores[0])


@pytest.fixture(scope="module", params=["china.jpg", "flower.jpg"])
def photo(request: pytest.FixtureRequest) -> np.ndarray:
    return np.asarray(load_sample_image(request.param))


def test_a_photo_is_sharp_even_with_a_soft_background(photo: np.ndarray) -> None:
    assert score(photo) < 0.05


def test_the_score_rises_with_blur_and_passes_the_default(photo: np.ndarray) -> None:
    scores = [score(cv2.GaussianBlur(photo, (0, 0), sigma)) for sigma in (1, 2, 4, 8, 12)]
    assert scores == sorted(scores)
    assert scores[1] < 0.2
    assert scores[-1] > 0.5


def test_contrast_does_not_matter(photo: np.ndarray) -> None:
    faint = (photo.astype(float) * 0.4 + 60).astype(np.uint8)
    assert score(faint) == pytest.approx(score(photo), abs=0.01)
    soft = cv2.GaussianBlur(photo, (0, 0), 12)
    assert score((soft.astype(float) * 0.5).astype(np.uint8)) > 0.5


def test_resolution_does_not_matter_where_it_is_more_than_is_measured(photo: np.ndarray) -> None:
    soft = cv2.GaussianBlur(photo, (0, 0), 10)
    half = cv2.resize(soft, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert score(half) == pytest.approx(score(soft), abs=0.1)


@pytest.mark.parametrize("noise", (1, 2))
def test_noise_over_a_blurred_photo_is_not_sharpness(photo: np.ndarray, noise: float) -> None:
    small = cv2.resize(photo, (192, 128), interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(0).normal(0, noise, (128, 192, 1))
    assert score((cv2.GaussianBlur(small, (0, 0), 5) + grain).clip(0, 255).astype(np.uint8)) > 0.5
    assert score((small + grain).clip(0, 255).astype(np.uint8)) < 0.1


def test_the_steps_of_whole_levels_in_a_faint_blurred_photo_are_not_edges(photo: np.ndarray) -> None:
    soft = cv2.GaussianBlur(photo, (0, 0), 16)
    assert score((soft * 0.12 + 100).astype(np.uint8)) > 0.5


def test_grain_on_a_flat_picture_is_not_blur() -> None:
    noise = np.random.default_rng(0).normal(120, 8, (150, 150, 1)).clip(0, 255).astype(np.uint8)
    assert score(np.repeat(noise, 3, axis=2)) < 0.5
