from __future__ import annotations

import numpy as np

from dlpipe.evaluate.corruptions.blur import Blur

STEPS = np.repeat(np.repeat(np.arange(0, 240, 30, dtype=np.uint8)[None, :], 224, axis=0), 28, axis=1)[..., None].repeat(
    3, axis=2
)


def test_edges_get_softer_with_strength_and_brightness_stays() -> None:
    sharpest = [np.abs(np.diff(Blur().corrupt(STEPS, level, 0).astype(int), axis=1)).max() for level in (1, 3, 5)]
    assert sharpest == sorted(sharpest, reverse=True)
    assert sharpest[0] < 30
    assert abs(Blur().corrupt(STEPS, 5, 0).mean() - STEPS.mean()) < 2
