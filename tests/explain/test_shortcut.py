from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlpipe.explain.shortcut import attribution, border_of, measure
from tests.explain.planted import SIDE, Planted, inside, pictures


def test_the_border_is_a_frame_of_the_width_that_is_asked_for() -> None:
    border = border_of((20, 40), 0.1)
    assert border.sum() == 20 * 40 - 16 * 36
    assert border_of((16, 16), 0.01).sum() == 16 * 16 - 14 * 14


def test_an_even_map_has_the_borders_area_and_an_empty_one_none() -> None:
    border = border_of((SIDE, SIDE), 0.1)
    found = attribution(np.stack([np.ones((SIDE, SIDE)), border.astype(float), np.zeros((SIDE, SIDE))]), border)
    assert found[:2] == pytest.approx([border.mean(), 1])
    assert np.isnan(found[2])


@pytest.mark.parametrize("lives_in_border", (True, False))
def test_a_planted_shortcut_is_found_and_an_honest_model_is_not_blamed(lives_in_border: bool) -> None:
    made, labels = pictures(60)
    border = border_of((SIDE, SIDE), 0.1)
    random = np.random.default_rng(0)
    for picture, label in zip(made, labels, strict=True):
        picture[:, border] = 200 - 150 * label + random.integers(0, 40) if lives_in_border else 128
    region = border if lives_in_border else inside() & ~border
    planted: Any = Planted(region)
    truth = labels if not lives_in_border else 1 - labels
    maps = np.repeat(region[None].astype(float), 5, axis=0)
    found = measure(planted, made, truth, maps, 0.1, 0)
    held = found["border_attribution"]["of_its_area"]["value"]
    if lives_in_border:
        assert found["border_only"]["auroc"]["low"] > 0.9
        assert held > 2
    else:
        assert found["without_border"]["auroc"]["value"] > 0.9
        assert held == pytest.approx(0, abs=1e-9)
        assert found["border_only"]["auroc"]["low"] < 0.6
