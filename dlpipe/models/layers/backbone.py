"""What lies between a modality's pictures and any image network: cast, normalise, one vector a picture."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Backbone(nn.Module):
    """An image network that takes uint8 pictures and normalises them itself.

    So training, the exported file and serving cannot differ in how they scale pictures. Mean and standard deviation
    belong to the architecture, not to the weights: they are rebuilt, not loaded.
    """

    _mean: Tensor
    _inverse_std: Tensor

    def __init__(
        self,
        net: nn.Module,
        num_features: int,
        example_shape: Sequence[int],
        mean: Sequence[float],
        std: Sequence[float],
    ) -> None:
        """`net` takes normalised pictures (B, C, H, W) and gives (B, F); mean and std are per channel, of 0 to 1."""
        super().__init__()
        self.net = net
        self.num_features = num_features
        self.example_shape = tuple(example_shape)
        self.register_buffer("_mean", 255 * torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("_inverse_std", 1 / (255 * torch.tensor(std).view(-1, 1, 1)), persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Features of pictures. (B, C, H, W) uint8 → (B, F)."""
        return self.net((inputs.to(self._mean.dtype) - self._mean) * self._inverse_std)
