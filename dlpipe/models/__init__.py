"""Networks by name."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    from torch import nn


class Model(Plugin, package="dlpipe.models"):
    """A network without its last layer."""

    layout: ClassVar[str]
    """The layout it takes (`dlpipe.modalities.Modality.layout`)."""

    @abstractmethod
    def build(self, example_shape: Sequence[int]) -> nn.Module:
        """A network with random weights and an attribute `num_features`: x (B, *example_shape) → (B, F).

        It takes what the modality encodes (an image: uint8) and normalises it itself, so that training and serving
        cannot differ.
        """
