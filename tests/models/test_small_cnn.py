from __future__ import annotations

import pytest
import torch

from dlpipe.models.small_cnn import SmallCnn


@pytest.mark.parametrize(("width", "depth", "features"), ((4, 1, 4), (4, 3, 16), (32, 3, 128)))
def test_each_convolution_doubles_the_channels(width: int, depth: int, features: int) -> None:
    backbone = SmallCnn(width=width, depth=depth).build((3, 32, 32))
    assert backbone.num_features == features
    assert sum(isinstance(module, torch.nn.Conv2d) for module in backbone.modules()) == depth


@pytest.mark.parametrize("shape", ((1, 16, 16), (3, 17, 33), (4, 16, 40)))
def test_it_takes_any_picture(shape: tuple[int, int, int]) -> None:
    backbone = SmallCnn(width=2, depth=5).build(shape)
    assert backbone(torch.zeros(2, *shape, dtype=torch.uint8)).shape == (2, 32)
