from __future__ import annotations

import numpy as np

from dlpipe.evaluate.corruptions.fog import Fog

FLAT = np.full((64, 64, 3), 120, np.uint8)


def test_fog_brightens_and_is_asked_for_only() -> None:
    assert Fog().corrupt(FLAT, 5, 0).mean() > FLAT.mean()
    assert not Fog.by_default
