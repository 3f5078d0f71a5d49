from __future__ import annotations

import numpy as np

from dlpipe.evaluate.corruptions.brightness import Brightness

FLAT = np.full((64, 64, 3), 120, np.uint8)


def test_brighter_or_darker_by_the_strength() -> None:
    found = {int(Brightness().corrupt(FLAT, 2, seed).mean()) for seed in range(20)}
    assert all(abs(abs(value - 120) - 0.2 * 255) <= 1 for value in found)
    assert min(found) < 120 < max(found)
