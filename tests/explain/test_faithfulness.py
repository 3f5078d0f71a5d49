from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlpipe.explain.faithfulness import measure
from tests.explain.planted import Planted, inside, pictures

PLANTED: Any = Planted()


def scored(shown: np.ndarray) -> Any:
    made, labels = pictures(8)
    return measure(PLANTED, made, np.repeat(shown[None], 8, axis=0), labels, 0)


def test_the_true_map_is_better_than_chance_and_its_opposite_worse() -> None:
    true, opposite = scored(inside().astype(float)), scored((~inside()).astype(float))
    assert true.gain.min() > 0.3
    assert opposite.gain.max() < 0
    assert true.deletion.mean() < true.chance_deletion.mean()
    assert true.insertion.mean() > true.chance_insertion.mean()


def test_maps_of_chance_gain_nothing() -> None:
    random = np.random.default_rng(1)
    made, labels = pictures(40)
    found = measure(PLANTED, made, random.random((40, 32, 32)), labels, 0)
    assert abs(found.gain.mean()) < 0.08


def test_areas_are_probabilities_and_follow_from_the_seed() -> None:
    found, again = scored(inside().astype(float)), scored(inside().astype(float))
    for name in ("deletion", "insertion", "chance_deletion", "chance_insertion"):
        values = getattr(found, name)
        assert values.shape == (8,)
        assert ((values >= 0) & (values <= 1)).all()
        assert values == pytest.approx(getattr(again, name))


def test_no_pictures_have_no_scores() -> None:
    made, labels = pictures(2)
    assert measure(PLANTED, made[:0], np.zeros((0, 32, 32)), labels[:0], 0).gain.size == 0
