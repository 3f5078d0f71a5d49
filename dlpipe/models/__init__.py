"""Networks by name."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from dlpipe.core.errors import DlpipeError
from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    from torch import nn

    from dlpipe.modalities import Modality


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


def check_layout(model: Model, modality: Modality) -> None:
    """Refuses a model that takes another layout than the modality gives.

    Raises:
        DlpipeError: as said.
    """
    if model.layout != modality.layout:
        problem = (
            f"the model '{model.name}' takes a layout '{model.layout}', '{modality.name}' gives '{modality.layout}'"
        )
        raise DlpipeError(problem, "choose a model of that layout: `dlpipe list model`")
