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
    found: Any = registration._fitted(registration._fixed(moved), registration._slopes(photo), STILL, 12)
    np.testing.assert_allclose(found, expected, atol=0.0005)


@pytest.mark.parametrize("change", CHANGES)
def test_what_lies_at_the_edge_does_not_pull_at_the_fit(change: str) -> None:
    """Pictures with a strong frame: smoothing mixes it in a crop with other things than in the picture."""
    for photo in photos(4):
        framed = cv2.copyMakeBorder(photo, 9, 9, 9, 9, cv2.BORDER_CONSTANT, value=(30, 30, 30))
        known = [[0.9, 0, 0], [0, 0.9, 0]] if change == "5 % all round" else STILL
        assert unlikeness(close(CHANGES[change](framed)), close(framed), np.array(known)) < MOVED_UNLIKENESS


def on_black(photo: np.ndarray) -> np.ndarray:
    """The middle of a photo before a black wall."""
    shown = np.zeros_like(photo)
    shown[40:-40, 40:-40] = photo[40:-40, 40:-40]
    return shown


def test_a_black_background_is_no_empty_corner() -> None:
    for photo in photos(4):
        shown = on_black(photo)
        for change in ("2 % all round", "turned 2°"):
            assert unlikeness(close(CHANGES[change](shown)), close(shown), STILL) < MOVED_UNLIKENESS


def test_a_thing_that_is_not_before_the_other_black_background_tells_them_apart() -> None:
    shown = on_black(photos(3)[2])
    other = shown.copy()
    cv2.circle(other, (100, 100), 12, (255, 255, 255), -1)
    assert unlikeness(close(turned(other, 2)), close(shown), STILL) > 2 * MOVED_UNLIKENESS


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
