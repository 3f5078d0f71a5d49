from __future__ import annotations

import numpy as np

from dlpipe.evaluate.corruptions.rain import Rain

FLAT = np.full((64, 64, 3), 120, np.uint8)


def test_a_rainy_day_is_darker_and_is_asked_for_only() -> None:
    assert Rain().corrupt(FLAT, 5, 0).mean() < Rain().corrupt(FLAT, 1, 0).mean()
    assert not Rain.by_default
