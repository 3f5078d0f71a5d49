from __future__ import annotations

import numpy as np
import pytest
from scipy.fft import dctn
from sklearn.datasets import load_sample_image

from dlpipe.similarity import pictures as similarity
from tests.clean.evidence import scene


def prints(*values: np.ndarray) -> similarity.Prints:
    return similarity.prints([similarity.fingerprint(np.ascontiguousarray(value)) for value in values])


def test_the_hash_is_the_published_one() -> None:
    """Signs of the 8 x 8 lowest frequencies of a 32 x 32 grey picture against their median, as in imagehash."""
    grey = prints(*[scene(number) for number in range(20)]).grey
    for row, found in zip(grey, similarity.phash(grey), strict=True):
        low = dctn(row.reshape(32, 32).astype(float), norm="ortho")[:8, :8]
        assert f"{int(found):064b}" == "".join("1" if value > np.median(low) else "0" for value in low.ravel())


def test_likeness_is_symmetric_and_one_of_a_picture_with_itself() -> None:
    found = prints(*[scene(number) for number in range(6)])
    i, j = (axis.ravel() for axis in np.indices((6, 6)))
    likeness = similarity.likeness(found, i, j).reshape(6, 6)
    np.testing.assert_allclose(np.diag(likeness), 1)
    np.testing.assert_allclose(likeness, likeness.T)
    assert likeness[~np.eye(6, dtype=bool)].max() < 0.9


def test_brightness_and_contrast_do_not_matter_within_limits() -> None:
    photo = np.asarray(load_sample_image("china.jpg"))
    found = prints(photo, (photo * 0.8 + 10).astype(np.uint8), (photo * 0.2).astype(np.uint8))
    likeness = similarity.likeness(found, np.array([0, 0]), np.array([1, 2]))
    assert likeness[0] == pytest.approx(1, abs=1e-4)
    assert likeness[1] == 0


def test_flat_pictures_are_alike_and_noise_is_no_structure() -> None:
    flat = [np.full((64, 64, 3), level, np.uint8) for level in (100, 110, 200)]
    grain = np.clip(np.random.default_rng(0).normal(100, 3, (2, 64, 64, 1)), 0, 255).astype(np.uint8).repeat(3, axis=3)
    found = prints(*flat, *grain)
    likeness = similarity.likeness(found, np.array([0, 0, 3]), np.array([1, 2, 4]))
    assert likeness[:2].tolist() == pytest.approx([1, 0])
    assert 0 < likeness[2] < 0.99


def test_a_chunk_more_or_less_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = prints(*[scene(number) for number in range(10)])
    i, j = (axis.ravel() for axis in np.indices((10, 10)))
    whole = similarity.likeness(found, i, j)
    monkeypatch.setattr(similarity, "_CHUNK", 7)
    np.testing.assert_allclose(similarity.likeness(found, i, j), whole, atol=1e-6)


def test_mirror_images_stand_alike() -> None:
    values = [scene(number, 320) for number in range(20)]
    straight = similarity.upright(prints(*values))
    for flipped, bits in ((np.fliplr, 1), (np.flipud, 2), (lambda value: value[::-1, ::-1], 3)):
        stood, turned = similarity.upright(prints(*[flipped(value) for value in values]))
        assert (stood.grey == straight[0].grey).mean() > 0.99
        assert (stood.tint == straight[0].tint).mean() > 0.99
        np.testing.assert_array_equal(turned ^ straight[1], bits)
