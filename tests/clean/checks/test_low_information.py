from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.datasets import load_sample_image

from dlpipe.clean.checks.low_information import LowInformation
from tests.clean.evidence import sample, scene, seen


def score(value: np.ndarray) -> float:
    check = LowInformation()
    return float(check.judge(seen(check, [sample("a", value)])).scores[0])


@pytest.mark.parametrize("level", (0, 90, 255))
def test_one_brightness_is_nothing_and_a_photo_is_something(level: int):
    assert score(np.full((300, 300, 3), level, np.uint8)) == 1
    assert score(np.asarray(load_sample_image("flower.jpg"))) < 0.05


def test_it_is_the_entropy_of_scipy():
    grey = cv2.cvtColor(scene(0), cv2.COLOR_RGB2GRAY)
    calm = cv2.GaussianBlur(grey.astype(np.float64), (0, 0), 1)
    found = LowInformation().look(sample("a", scene(0)))
    bits = [entropy(np.bincount(((calm + shift) // 2).astype(int).ravel()), base=2) for shift in (0, 1)]
    assert found == pytest.approx(min(bits), abs=0.02)


@pytest.mark.parametrize("level", np.linspace(119.6, 121.4, 7).tolist())
def test_noise_of_two_levels_is_no_information_wherever_the_tone_lies(level: float):
    noise = np.random.default_rng(0).normal(level, 2, (192, 192, 1)).clip(0, 255).astype(np.uint8)
    assert score(np.repeat(noise, 3, axis=2)) > 0.5


@pytest.mark.parametrize("factor", (0.3, 0.15))
def test_a_faint_picture_is_something(factor: float):
    assert score((np.asarray(load_sample_image("china.jpg")) * factor + 100).astype(np.uint8)) < 0.2


def test_an_empty_page_is_nothing_and_a_full_one_is_something():
    page = np.full((1000, 800, 3), 255, np.uint8)
    cv2.putText(page, "one line", (60, 100), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    assert score(page) > 0.9
    for line in range(60, 500, 40):
        cv2.putText(page, "words on a page of paper", (60, line), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    assert score(page) < 0.5
