from __future__ import annotations

from typing import Any

import numpy as np

from dlpipe.explain.adversarial import attack, measure
from dlpipe.explain.stage import Attack
from tests.explain.planted import Planted, inside, network, pictures


def close_pictures() -> tuple[np.ndarray, np.ndarray]:
    """Corners near the middle: a few grey levels turn the answer."""
    made, labels = pictures(6)
    for picture, label in zip(made, labels, strict=True):
        picture[:, inside()] = 131 if label else 125
    return made, labels


def test_no_value_changes_by_more_than_is_allowed() -> None:
    made, labels = close_pictures()
    for steps in (1, 4):
        changed = attack(network(), made, labels, 2, steps)
        assert changed.dtype == np.uint8
        assert 0 < np.abs(changed.astype(int) - made).max() <= 2


def test_an_attack_that_is_large_enough_turns_every_answer() -> None:
    made, labels = close_pictures()
    planted: Any = Planted()
    found = measure(Attack(grey_levels=(1, 8), steps=4), network(), planted, made, labels)
    assert found["clean"]["value"] == 1
    for name in ("fgsm", "pgd"):
        assert found[name]["grey_levels_8"]["value"] == 0
        assert found[name]["grey_levels_1"]["value"] == 1
