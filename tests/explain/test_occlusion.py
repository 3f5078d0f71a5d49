from __future__ import annotations

from typing import Any

import numpy as np

from dlpipe.explain.occlusion import maps, mean_colour
from tests.explain.planted import Planted, inside, pictures


def test_covers_find_what_the_answer_rests_on() -> None:
    made, labels = pictures(4)
    planted: Any = Planted()
    for one in maps(planted, made, labels):
        assert one.max() == 1
        assert one[inside()].mean() > 5 * one[~inside()].mean()


def test_a_flat_picture_has_an_empty_map() -> None:
    planted: Any = Planted()
    assert not maps(planted, np.full((1, 3, 32, 32), 128, np.uint8), np.array([1])).any()


def test_nothing_is_the_pictures_own_mean() -> None:
    made, _ = pictures(1)
    assert mean_colour(made[0]).shape == (3, 1, 1)
    assert np.abs(mean_colour(made[0])[:, 0, 0] - made[0].mean(axis=(1, 2))).max() <= 0.5
