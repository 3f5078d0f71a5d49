from __future__ import annotations

import cv2
import numpy as np

from dlpipe.evaluate.near_duplicates import pairs
from dlpipe.similarity import fingerprint
from tests.making import picture


def squares(number: int) -> np.ndarray:
    """Blocks of random colours: pictures that nobody takes for one another."""
    small = np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(small, (96, 96), interpolation=cv2.INTER_CUBIC))


def test_finds_planted_copies_and_nothing_else() -> None:
    train = [squares(number) for number in range(20)]
    smaller = np.asarray(cv2.resize(train[3], (60, 60), interpolation=cv2.INTER_AREA))
    darker = (train[8] * 0.9).astype(np.uint8)
    test = [squares(100), smaller, squares(101), darker, np.ascontiguousarray(train[5][:, ::-1])]
    fitted_ids, ids = [f"t{number}" for number in range(20)], ["a", "b", "c", "d", "e"]
    found = pairs([fingerprint(one) for one in test], [fingerprint(one) for one in train], ids, fitted_ids)
    assert {pair["id"]: pair["like"] for pair in found["pairs"]} == {"b": "t3", "d": "t8", "e": "t5"}
    assert found["count"]["value"] == 3
    assert found["n"] == 5


def test_no_samples_have_no_copies() -> None:
    assert pairs([], [fingerprint(picture(0, 0, 32))], [], ["t"])["count"]["value"] == 0
    assert pairs([fingerprint(picture(0, 0, 32))], [], ["a"], [])["pairs"] == []
