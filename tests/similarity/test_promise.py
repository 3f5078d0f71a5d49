from __future__ import annotations

import cv2
import numpy as np
import pytest

from dlpipe import similarity
from dlpipe.similarity import promise, registration
from dlpipe.similarity.moves import Candidates, candidates
from dlpipe.similarity.promise import promising
from tests.similarity.changed import CHANGES, photos


def grey(pictures: list[np.ndarray]) -> np.ndarray:
    return similarity.prints([similarity.fingerprint(picture) for picture in pictures]).grey


def among(number: int) -> tuple[np.ndarray, Candidates]:
    """Photos, each of them changed in one way, and what may be a copy of what."""
    pictures = photos(number)
    changed = [change(photo) for photo in pictures for change in CHANGES.values()]
    prints = similarity.prints([similarity.fingerprint(picture) for picture in (*pictures, *changed)])
    return prints.grey, candidates(prints)


def test_it_is_the_first_step_of_the_registration() -> None:
    """Which takes one pair at a time, smooths as OpenCV does and moves as OpenCV does."""
    small, pairs = among(12)
    squares = small.reshape(-1, 32, 32)
    expected = [
        registration._step(registration._fixed(squares[one]), registration._slopes(squares[other]), start)[1]
        for one, other, start in zip(pairs.one.tolist(), pairs.other.tolist(), pairs.start, strict=True)
    ]
    found = promise._left(small, pairs, slice(None))
    assert len(found) > 50
    np.testing.assert_allclose(found, expected, rtol=0.1, atol=0.005)


def test_copies_are_promising_and_nothing_else_is() -> None:
    small, pairs = among(12)
    of = np.array([*range(12), *np.repeat(np.arange(12), len(CHANGES))])
    copies = of[pairs.one] == of[pairs.other]
    assert copies.sum() > 50
    assert promising(small, pairs)[copies].all()
    far = np.roll(np.arange(12), 1)
    strangers = Candidates(np.arange(12), far, np.tile([[1.0, 0, 0], [0, 1, 0]], (12, 1, 1)))
    assert not promising(small, strangers).any()


def test_a_chunk_more_or_less_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    small, pairs = among(3)
    whole = promising(small, pairs)
    monkeypatch.setattr(promise, "_CHUNK", 4)
    assert promising(small, pairs).tolist() == whole.tolist()


def test_empty_corners_do_not_pull_at_the_fit() -> None:
    """White pictures that were turned: their corners are the strongest thing in them."""
    photo = (255 - photos(1)[0] // 4).astype(np.uint8)
    pair = Candidates(np.array([1]), np.array([0]), np.array([[[1.0, 0, 0], [0, 1, 0]]]))
    turned = cv2.warpAffine(photo, cv2.getRotationMatrix2D((99.5, 99.5), 2, 1), (200, 200))
    assert promising(grey([photo, turned]), pair).all()


def test_of_none_none_is_promising() -> None:
    nobody = Candidates(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros((0, 2, 3)))
    assert promising(np.zeros((0, 1024), np.uint8), nobody).tolist() == []
