from __future__ import annotations

import numpy as np

from dlpipe.evaluate.corruptions.crop import Crop

STEPS = np.repeat(np.repeat(np.arange(0, 240, 30, dtype=np.uint8)[None, :], 64, axis=0), 8, axis=1)[..., None].repeat(
    3, axis=2
)


def test_a_part_of_the_picture_in_its_own_shape() -> None:
    wide = STEPS[:40]
    for level, share in ((1, 0.95), (5, 0.6)):
        assert Crop().corrupt(wide, level, 0).shape == (round(share * 40), round(share * 64), 3)
    found = {Crop().corrupt(STEPS, 5, seed).tobytes() for seed in range(8)}
    assert len(found) > 1
