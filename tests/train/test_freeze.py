from __future__ import annotations

import pytest
from torch import nn

from dlpipe.train.freeze import freeze, rest


def backbone() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4))


@pytest.mark.parametrize(("share", "count"), ((0, 0), (0.5, 2), (0.75, 3), (1, 4)))
def test_the_first_layers_are_frozen(share: float, count: int) -> None:
    module = backbone()
    assert freeze(module, share) == count
    layers = [layer for layer in module if list(layer.parameters())]
    assert [not any(value.requires_grad for value in layer.parameters()) for layer in layers] == [
        number < count for number in range(4)
    ]


def test_frozen_normalisation_keeps_its_averages() -> None:
    module = backbone()
    freeze(module, 0.5)
    rest(module.train(), keeps_averages=False)
    assert [layer.training for layer in module] == [False, False, True, True, True]


def test_all_normalisation_keeps_its_averages_if_asked() -> None:
    module = backbone()
    rest(module.train(), keeps_averages=True)
    assert [layer.training for layer in module] == [True, False, True, True, False]
