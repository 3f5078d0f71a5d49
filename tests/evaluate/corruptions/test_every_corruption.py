"""What must be true of every corruption, those of files that are yet to be written too."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from dlpipe.core.plugin import find, make, names
from dlpipe.evaluate.corruptions import LEVELS, Corruption, odd, pixels
from tests.making import picture

every_corruption = pytest.mark.parametrize("name", names(Corruption))
PICTURE = np.ascontiguousarray(picture(0, 3, 224)[:192])
"""192 x 224, a circle and noise."""


def worse(name: str, level: int, seed: int = 0) -> np.ndarray:
    return make(Corruption, name, {}).corrupt(PICTURE, level, seed)


def distance(name: str, level: int) -> float:
    """Mean difference from the picture, over some seeds; another size is brought back."""
    import cv2

    found = [cv2.resize(worse(name, level, seed), PICTURE.shape[1::-1]) for seed in range(8)]
    return float(np.mean([np.abs(one.astype(float) - PICTURE).mean() for one in found]))


@every_corruption
def test_gives_pictures_and_leaves_the_given_one_as_it_is(name: str) -> None:
    before = PICTURE.copy()
    for level in LEVELS:
        found = worse(name, level)
        assert found.dtype == np.uint8
        assert found.ndim == 3
        assert found.shape[2] == 3
    assert np.array_equal(PICTURE, before)


@every_corruption
def test_the_same_seed_gives_the_same_picture(name: str) -> None:
    assert np.array_equal(worse(name, 3, 7), worse(name, 3, 7))


@every_corruption
def test_the_strongest_changes_more_than_the_mildest(name: str) -> None:
    assert 0 < distance(name, 1) < distance(name, 5)


@every_corruption
def test_five_strengths_inside_their_bounds(name: str) -> None:
    low, high = find(Corruption, name).bounds
    with pytest.raises(ValidationError):
        find(Corruption, name).model_validate({"strengths": [low] * 4 + [high + 1]})
    with pytest.raises(ValidationError):
        find(Corruption, name).model_validate({"strengths": [low] * 4})


def test_lengths_grow_with_the_picture_and_kernels_are_odd() -> None:
    assert pixels(4, (448, 900)) == 8
    assert [odd(length) for length in (0.5, 3, 4.1, 6.2)] == [3, 3, 5, 7]
