from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from dlpipe.explain.maps import convolution_of, maps, method_of
from dlpipe.network import Network
from tests.explain.planted import CORNER, SIDE, inside, network, pictures
from tests.exported import random_pictures, small_network


@pytest.mark.parametrize("method", ("gradcam", "integrated_gradients"))
def test_maps_point_at_what_the_answer_rests_on(method) -> None:
    made, labels = pictures(6)
    found = maps(network(), made, labels, method)
    assert found.shape == (6, SIDE, SIDE)
    for one in found:
        assert one.max() == pytest.approx(1)
        assert one.min() >= 0
        if method == "integrated_gradients":
            assert one[inside()].sum() / one.sum() > 0.7


def test_gradcam_is_the_mean_gradient_times_the_activation() -> None:
    made = random_pictures(3)
    net = small_network()
    layer = convolution_of(net, (3, 32, 32))
    assert isinstance(layer, nn.Conv2d)
    kept: list[torch.Tensor] = []
    hook = layer.register_forward_hook(lambda _layer, _given, output: (output.retain_grad(), kept.append(output))[0])
    logits, _ = net(torch.from_numpy(made).float())
    logits[:, 1].sum().backward()
    hook.remove()
    assert kept[0].grad is not None
    weights = kept[0].grad.mean(dim=(2, 3), keepdim=True)
    small = (weights * kept[0]).sum(dim=1, keepdim=True).clamp(min=0)
    wanted = nn.functional.interpolate(small, (32, 32), mode="bilinear")[:, 0].detach().numpy()
    found = maps(net, made, np.array([1, 1, 1]), "gradcam")
    for one, same in zip(found, wanted, strict=True):
        assert one == pytest.approx(same / same.max() if same.max() > 0 else same, abs=1e-5)


def test_a_picture_that_says_nothing_has_an_empty_map_and_no_noise() -> None:
    flat = np.full((1, 3, SIDE, SIDE), 128, np.uint8)
    assert not maps(network(), flat, np.array([1]), "integrated_gradients").any()
    assert CORNER.start == 4


class Attention(nn.Module):
    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens


class Transformer(nn.Module):
    num_features = 4

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.attention = nn.Conv2d(3, 4, 8, stride=8), Attention()

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.attention(self.patches(values.float()).flatten(2).mean(dim=2))


def test_transformers_get_integrated_gradients_and_others_gradcam() -> None:
    transformer = Network(Transformer(), nn.Linear(4, 2)).eval()
    assert method_of(transformer, (3, SIDE, SIDE)) == "integrated_gradients"
    assert method_of(small_network(), (3, SIDE, SIDE)) == "gradcam"
    assert maps(transformer, random_pictures(2), np.array([0, 1]), "integrated_gradients").shape == (2, SIDE, SIDE)


def test_the_layer_is_the_last_one_that_still_says_where() -> None:
    first, second, last = (nn.Conv2d(channels, 4, 3, stride=4, padding=1) for channels in (3, 4, 4))
    network = Network(
        nn.Sequential(Cast(), first, second, last, nn.AdaptiveAvgPool2d(1), nn.Flatten()), nn.Linear(4, 2)
    )
    assert convolution_of(network.eval(), (3, 96, 96)) is second


class Cast(nn.Module):
    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values.float()
