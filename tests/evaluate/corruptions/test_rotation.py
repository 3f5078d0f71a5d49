from __future__ import annotations

import numpy as np

from dlpipe.evaluate.corruptions.rotation import Rotation

FLAT = np.full((64, 64, 3), 120, np.uint8)


def test_turns_either_way_and_leaves_no_black_corners() -> None:
    picture = np.full((64, 64, 3), 90, np.uint8)
    picture[:, 32:] = 200
    found = [Rotation().corrupt(picture, 5, seed) for seed in range(12)]
    assert all(one.shape == picture.shape and one.min() >= 80 for one in found)
    assert len({one.tobytes() for one in found}) == 2
    assert np.array_equal(Rotation().corrupt(FLAT, 5, 0), FLAT)
