from __future__ import annotations

import numpy as np

from dlpipe.evaluate.corruptions.contrast import Contrast

STEPS = np.repeat(np.repeat(np.arange(0, 240, 30, dtype=np.uint8)[None, :], 64, axis=0), 8, axis=1)[..., None].repeat(
    3, axis=2
)


def test_spread_shrinks_by_the_strength() -> None:
    for level, lost in ((1, 0.2), (3, 0.5), (5, 0.8)):
        share = Contrast().corrupt(STEPS, level, 0).std() / STEPS.std()
        assert abs(share - (1 - lost)) < 0.02
