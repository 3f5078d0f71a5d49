from __future__ import annotations

import cv2
import numpy as np
import pytest

from dlpipe.evaluate.properties import Looks, bands, clusters, slices


def test_properties_are_those_of_opencv() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (5, 1, 12, 12), dtype=np.uint8)
    looks = Looks()
    looks(pictures[:3])
    looks(pictures[3:])
    found = looks.values()
    for place, picture in enumerate(pictures[:, 0].astype(np.float64)):
        assert found["brightness"][place] == pytest.approx(picture.mean())
        assert found["contrast"][place] == pytest.approx(picture.std())
        edges = cv2.Laplacian(picture, cv2.CV_64F)[1:-1, 1:-1]
        assert found["sharpness"][place] == pytest.approx(edges.var())


def test_what_is_no_picture_has_no_properties() -> None:
    looks = Looks()
    looks(np.zeros((4, 7)))
    assert looks.values() == {}


def test_quarters_hold_a_quarter_each() -> None:
    found = bands(np.random.default_rng(0).permutation(100).astype(float))
    assert found is not None
    assert set(np.unique(found, return_counts=True)[1]) == {25}
    assert bands(np.zeros(100)) is None
    assert bands(np.arange(20.0)) is None


def test_kinds_of_look_are_found_alike_each_time_and_not_among_few() -> None:
    random = np.random.default_rng(0)
    centres = 20 * random.normal(size=(8, 5))
    train, test = (centres[np.arange(n) % 8] + random.normal(size=(n, 5)) for n in (80, 48))
    found = clusters(train, test, 0)
    assert found is not None
    assert np.array_equal(found, clusters(train, test, 0))
    assert all(np.unique(found[np.arange(48) % 8 == one]).size == 1 for one in range(8))
    assert clusters(train[:30], test, 0) is None


def test_slices_are_attributes_quarters_and_looks() -> None:
    site, look = np.array(["a"] * 50), np.array(["look 1"] * 50)
    found = slices({"site": site}, {"brightness": np.arange(50.0), "contrast": np.zeros(50)}, look)
    assert list(found) == ["site", "brightness", "look"]
    assert list(slices({}, {}, None)) == []
