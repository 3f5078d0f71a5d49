"""A small convolutional network, and the example of how a model is written: one file, one class, `build`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from dlpipe.models import Model

if TYPE_CHECKING:
    from torch import nn


class SmallCnn(Model):
    """A few convolutions, batch normalisations and poolings: quick to train from scratch on small pictures."""

    layout: ClassVar[str] = "image"

    width: int = Field(default=32, ge=1, le=1024, description="Channels after the first convolution; each doubles it.")
    depth: int = Field(default=3, ge=1, le=5, description="Number of convolutions; each halves height and width.")

    def build(self, example_shape: Sequence[int]) -> nn.Module:
        from torch import nn

        from dlpipe.models.layers.backbone import Backbone

        channels = given = example_shape[0]
        layers: list[nn.Module] = []
        for depth in range(self.depth):
            width = self.width * 2**depth
            layers += [nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        return Backbone(nn.Sequential(*layers), channels, example_shape, mean=[0.5] * given, std=[0.25] * given)
