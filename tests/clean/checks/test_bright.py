from __future__ import annotations

import numpy as np
import pytest

from dlpipe.clean.checks.bright import Bright
from tests.clean.evidence import sample, scene, seen


def score(value: np.ndarray) -> float:
    check = Bright()
    return float(check.judge(seen(check, [sample("a", value)])).scores[0])


def test_white_is_bad_and_a_picture_is_not() -> None:
    assert score(np.full((40, 40, 3), 255, np.uint8)) == 1
    assert score(scene(0)) < 0.05


def test_the_score_is_a_half_where_white_paper_is() -> None:
    """80 % of full light, as sRGB (IEC 61966-2-1) writes it."""
    paper = 255 * (1.055 * 0.8 ** (1 / 2.4) - 0.055)
    assert score(np.full((10, 10, 3), round(paper), np.uint8)) == pytest.approx(0.5, abs=0.02)


def test_washed_out_is_white_and_pale_is_not() -> None:
    """A scene of which a twelfth of the contrast is left, and one of which a fifth is."""
    far = 255 - scene(0).astype(float)
    assert score((255 - far * 0.08).astype(np.uint8)) > 0.5
    assert score((255 - far * 0.2).astype(np.uint8)) < 0.5


def test_a_page_with_a_few_words_is_not_white() -> None:
    page = np.full((100, 100, 3), 255, np.uint8)
    page[20:24, 10:70] = 0
    assert score(page) < 0.01


def test_pure_yellow_is_not_white() -> None:
    value = np.full((10, 10, 3), 255, np.uint8)
    value[..., 2] = 0
    assert score(value) < 0.01
