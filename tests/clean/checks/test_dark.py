from __future__ import annotations

import numpy as np
import pytest

from dlpipe.clean.checks.dark import Dark
from tests.clean.evidence import sample, scene, seen


def score(value: np.ndarray) -> float:
    check = Dark()
    return float(check.judge(seen(check, [sample("a", value)])).scores[0])


def test_black_is_bad_and_a_picture_is_not() -> None:
    assert score(np.zeros((40, 40, 3), np.uint8)) == 1
    assert score(scene(0)) < 0.05


def test_the_score_is_a_half_where_black_ink_is() -> None:
    """2 % of full light, as sRGB (IEC 61966-2-1) writes it."""
    ink = 255 * (1.055 * 0.02 ** (1 / 2.4) - 0.055)
    assert score(np.full((10, 10, 3), round(ink), np.uint8)) == pytest.approx(0.5, abs=0.02)


def test_far_too_short_an_exposure_is_black_and_a_dim_picture_is_not() -> None:
    assert score((scene(0) * 0.14).astype(np.uint8)) > 0.5
    assert score((scene(0) * 0.3).astype(np.uint8)) < 0.5


def test_noise_and_single_hot_pixels_do_not_save_a_black_picture() -> None:
    value = np.random.default_rng(0).integers(0, 12, (100, 100, 3)).astype(np.uint8)
    value[3, 4] = 255
    assert score(value) > 0.5


def test_a_small_bright_subject_is_enough() -> None:
    value = np.zeros((100, 100, 3), np.uint8)
    value[40:55, 40:55] = 200
    assert score(value) < 0.1


def test_pure_blue_is_not_dark() -> None:
    value = np.zeros((10, 10, 3), np.uint8)
    value[..., 2] = 255
    assert score(value) < 0.1


def test_the_reason_has_the_number() -> None:
    check = Dark()
    finding = check.judge(seen(check, [sample("a", np.zeros((9, 9, 3), np.uint8)), sample("b", scene(1))]))
    assert finding.reasons == ["99 % of it is darker than 0% of full brightness", ""]
