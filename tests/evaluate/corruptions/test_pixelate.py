from __future__ import annotations

import numpy as np

from dlpipe.evaluate.corruptions.pixelate import Pixelate


def test_size_stays_and_detail_goes() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    spread = [Pixelate().corrupt(picture, level, 0).std() for level in (1, 5)]
    assert Pixelate().corrupt(picture, 5, 0).shape == picture.shape
    assert spread[1] <= spread[0] <= picture.std()
    assert len(np.unique(Pixelate().corrupt(picture, 5, 0)[..., 0])) < len(np.unique(picture[..., 0]))
