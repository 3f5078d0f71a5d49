from __future__ import annotations

import cv2
import numpy as np

from dlpipe import similarity
from tests.clean.evidence import scene


def alike(*values: np.ndarray) -> similarity.Pairs:
    return similarity.alike(
        similarity.prints([similarity.fingerprint(np.ascontiguousarray(value)) for value in values])
    )


def test_a_copy_and_a_mirrored_copy_are_pairs_and_each_stands_once() -> None:
    scenes = [scene(number, 320) for number in range(12)]
    small = cv2.resize(scenes[3], (160, 160), interpolation=cv2.INTER_AREA)
    found = alike(*scenes, small, scenes[5][:, ::-1], scenes[5][::-1])
    copies = found.likeness > 0.999
    pairs = list(zip(found.i[copies].tolist(), found.j[copies].tolist(), found.mirrored[copies].tolist(), strict=True))
    assert pairs == [(3, 12, False), (5, 13, True), (5, 14, True), (13, 14, True)]
    assert len(set(zip(found.i.tolist(), found.j.tolist(), strict=True))) == len(found.i)


def test_what_is_its_own_mirror_image_is_a_plain_copy() -> None:
    half = scene(1, 200)[:, :100]
    even = np.concatenate([half, half[:, ::-1]], axis=1)
    found = alike(even, (even * 0.95).astype(np.uint8))
    assert found.mirrored.tolist() == [False]


def test_nothing_is_alike_among_none() -> None:
    assert len(alike().i) == len(alike(scene(1)).i) == 0
