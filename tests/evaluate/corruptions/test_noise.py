from __future__ import annotations

import numpy as np

from dlpipe.evaluate.corruptions.noise import Noise

FLAT = np.full((64, 64, 3), 120, np.uint8)


def test_the_spread_is_the_strength_and_colours_share_it() -> None:
    found = Noise().corrupt(FLAT, 3, 0).astype(float)
    assert abs(found.std() - 0.08 * 255) < 2
    assert np.array_equal(found[..., 0], found[..., 1])
