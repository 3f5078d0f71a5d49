from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from dlpipe.similarity.registration import MOVED_UNLIKENESS, close, unlikeness
from tests.similarity.changed import CHANGES, photos, turned

STILL = np.array([[1.0, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize("change", [change for change in CHANGES if change != "5 % all round"])
def test_copies_fit_from_where_they_lie(change: str) -> None:
    """From no idea of the move at all where it is small; `candidates` gives a better start."""
    left = [unlikeness(close(CHANGES[change](photo)), close(photo), STILL) for photo in photos(8)]
    assert np.median(left) < MOVED_UNLIKENESS


def test_a_known_move_is_found_to_a_fraction_of_a_pixel() -> None:
    from dlpipe.similarity import registration

    photo = close(photos(1)[0])
    angle = np.deg2rad(1.5)
    expected = np.array([[np.cos(angle), -np.sin(angle), 0.02], [np.sin(angle), np.cos(angle), -0.03]])
    matrix = np.column_stack([expected[:, :2], 95.5 * (expected[:, 2] + 1 - expected[:, :2].sum(axis=1))])
    moved = cv2.warpAffine(photo, matrix, (192, 192), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    smooth: Any = cv2.GaussianBlur(photo.astype(np.float32), (0, 0), 1.4)
    base: Any = cv2.GaussianBlur(moved.astype(np.float32), (0, 0), 1.4)
    found = registration._fitted(base[20:-20, 20:-20], registration._slopes(smooth)[20:-20, 20:-20], STILL, 12)
    inner = 75.5 / 95.5  # sides of the piece from -1 to 1
    np.testing.assert_allclose(found[:, :2], expected[:, :2], atol=0.002)
    np.testing.assert_allclose(found[:, 2] * inner, expected[:, 2], atol=0.002)


def test_exposure_does_not_matter() -> None:
    photo = photos(3)[2]
    darker = (photo * 0.8 + 10).astype(np.uint8)
    assert unlikeness(close(turned(darker, 2)), close(photo), STILL) < MOVED_UNLIKENESS


def test_other_pictures_do_not_fit() -> None:
    pictures = [close(photo) for photo in photos(8)]
    left = [unlikeness(one, other, STILL) for k, one in enumerate(pictures) for other in pictures[k + 1 :]]
    assert min(left) == 1


def test_a_mark_on_one_of_two_turned_pictures_tells_them_apart() -> None:
    photo = photos(5)[4]
    marked = photo.copy()
    marked[60:100, 60:100] = 0
    assert unlikeness(close(turned(marked, 2)), close(photo), STILL) > 2 * MOVED_UNLIKENESS


def test_what_lies_over_too_little_is_no_copy() -> None:
    photo = close(photos(1)[0])
    assert unlikeness(photo, photo, np.array([[1, 0, 1.2], [0, 1, 0]])) == 1


def test_flat_pictures_do_not_break_it() -> None:
    flat = np.full((192, 192), 120, np.uint8)
    assert unlikeness(flat, flat, STILL) == pytest.approx(0)
    assert 0 <= unlikeness(flat, close(photos(1)[0]), STILL) <= 1
