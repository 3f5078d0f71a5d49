from __future__ import annotations

import cv2
import numpy as np

from dlpipe.evaluate.corruptions.jpeg import Jpeg


def test_it_is_what_opencv_makes_of_that_quality() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (32, 32, 1), dtype=np.uint8).repeat(3, axis=2)
    _, packed = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 20])
    wanted = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))
    assert np.array_equal(Jpeg().corrupt(grey, 3, 0), wanted)
