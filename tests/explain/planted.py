"""A model whose answer is known to rest on one corner of the picture, as a predictor and as a network."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn

SIDE = 32
CORNER = slice(4, 12)
"""Rows and columns on which the answer rests."""


def inside() -> np.ndarray[Any, Any]:
    """Where that is. (32, 32) bool."""
    found = np.zeros((SIDE, SIDE), dtype=bool)
    found[CORNER, CORNER] = True
    return found


def pictures(count: int, seed: int = 0) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Grey noise, with a bright or a dark corner: (n, 3, 32, 32) uint8 and class indices (n,)."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    made = random.integers(100, 156, (count, 3, SIDE, SIDE)).astype(np.uint8)
    for picture, label in zip(made, labels, strict=True):
        picture[:, CORNER, CORNER] = 230 if label else 20
    return made, labels


class Planted:
    """Answers by the mean of a region, by default that corner."""

    classes = ("dark", "bright")
    positive = 1

    def __init__(self, region: np.ndarray[Any, Any] | None = None) -> None:
        self.region = inside() if region is None else region

    def scores(self, encoded: np.ndarray[Any, Any], groups: Any = None) -> Any:
        logits = (encoded[:, :, self.region].mean(axis=(1, 2)) - 128) / 20
        positive = 1 / (1 + np.exp(-logits))
        probabilities = np.stack([1 - positive, positive], axis=1)
        return SimpleNamespace(probabilities=probabilities, predicted=(positive >= 0.5).astype(int))


class _Backbone(nn.Module):
    num_features = 1

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 1, 3, padding=1, bias=False)
        nn.init.constant_(self.conv.weight, 1 / 27)
        self.register_buffer("where", torch.from_numpy(inside()).float())

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        seen = self.conv(values.float() - 128)
        return ((seen * self.where).sum(dim=(2, 3)) / self.where.sum()) / 20


def network() -> Any:
    """The same as a network of one convolution."""
    from dlpipe.network import Network

    head = nn.Linear(1, 2, bias=False)
    nn.init.constant_(head.weight, 0)
    with torch.no_grad():
        head.weight[1] = 1.0
        head.weight[0] = -1.0
    return Network(_Backbone(), head).eval()
