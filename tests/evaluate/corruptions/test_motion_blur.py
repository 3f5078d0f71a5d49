from __future__ import annotations

import numpy as np

from dlpipe.evaluate.corruptions.motion_blur import MotionBlur

FLAT = np.full((64, 64, 3), 120, np.uint8)


def test_a_dot_becomes_a_line() -> None:
    dot = np.zeros((224, 224, 3), np.uint8)
    dot[110:114, 110:114] = 255
    found = MotionBlur().corrupt(dot, 5, 0)
    assert (found[..., 0] > 0).sum() > 3 * 16
    assert np.array_equal(MotionBlur().corrupt(FLAT, 5, 0), FLAT)
