from __future__ import annotations

import cv2
import numpy as np
import pytest

from dlpipe import similarity
from dlpipe.similarity import moves
from dlpipe.similarity.moves import candidates
from tests.clean.evidence import scene
from tests.similarity.changed import CHANGES, photos


def prints(pictures: list[np.ndarray]) -> similarity.Prints:
    return similarity.prints([similarity.fingerprint(picture) for picture in pictures])


def test_frequencies_are_those_of_the_moved_picture() -> None:
    """As OpenCV's transform gives them."""
    grey = prints(photos(6)).grey
    described = moves._described(grey, slice(None))
    for which, border in [(0, cv2.BORDER_REPLICATE), (5, cv2.BORDER_REPLICATE), (-1, cv2.BORDER_CONSTANT)]:
        matrix = np.column_stack([moves._moves()[which][:, :2], 15.5 * (moves._moves()[which] @ [-1, -1, 1] + 1)])
        for row, found in zip(grey, described[which], strict=True):
            moved = cv2.warpAffine(
                row.reshape(32, 32).astype(np.float32),
                matrix,
                (32, 32),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=border,
            )
            low = np.asarray(cv2.dct(moved))[:8, :8].ravel()[1:]
            np.testing.assert_allclose(found, low / np.linalg.norm(low), atol=1e-4)


@pytest.mark.parametrize("many", (20_000, 0))
def test_moved_copies_are_candidates(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "_MANY", many)
    pictures = photos(12) + [scene(number) for number in range(60)]
    copies = [change(photo) for photo, change in zip(pictures, CHANGES.values(), strict=False)]
    found = candidates(prints([*pictures, *copies]))
    pairs = {tuple(sorted(pair)) for pair in zip(found.one.tolist(), found.other.tolist(), strict=True)}
    missing = [number for number in range(len(copies)) if (number, len(pictures) + number) not in pairs]
    assert not missing
    assert len(pairs) == len(found.one), "each once"


def test_the_start_lays_a_copy_over_its_picture() -> None:
    photo = photos(1)[0]
    found = candidates(prints([photo, CHANGES["5 % all round"](photo)]))
    assert (found.one.tolist(), found.other.tolist()) == ([1], [0])
    np.testing.assert_allclose(found.start[0], [[0.9, 0, 0], [0, 0.9, 0]], atol=0.05)


def test_flat_pictures_and_none_have_no_candidates() -> None:
    flat = [np.full((50, 50, 3), level, np.uint8) for level in (100, 101, 140)]
    for pictures in ([], flat[:1], flat):
        assert len(candidates(prints(pictures)).one) == 0
