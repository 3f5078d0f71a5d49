from __future__ import annotations

import torch
from torch import nn

from dlpipe.models.layers.backbone import Backbone


def backbone() -> Backbone:
    return Backbone(nn.Flatten(), 12, (3, 2, 2), mean=[0.0, 0.5, 1.0], std=[1.0, 0.5, 0.25])


def test_black_and_white_come_out_as_the_mean_and_deviation_say() -> None:
    inputs = torch.stack([torch.zeros(3, 2, 2), torch.full((3, 2, 2), 255)]).to(torch.uint8)
    black, white = backbone()(inputs).view(2, 3, 4)[..., 0]
    torch.testing.assert_close(black, torch.tensor([0.0, -1.0, -4.0]))
    torch.testing.assert_close(white, torch.tensor([1.0, 1.0, 0.0]))


def test_mean_and_deviation_are_no_weights() -> None:
    assert list(backbone().state_dict()) == []


def test_memory_format_is_kept() -> None:
    kept = Backbone(nn.Identity(), 1, (3, 4, 4), mean=[0.5] * 3, std=[0.5] * 3)
    inputs = torch.zeros(2, 3, 4, 4, dtype=torch.uint8).to(memory_format=torch.channels_last)
    assert kept(inputs).is_contiguous(memory_format=torch.channels_last)
