"""No weights at all, asked for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlpipe.weights import Weights

if TYPE_CHECKING:
    from torch import nn

    from dlpipe.core.project import Project
    from dlpipe.models import Model


class RandomWeights(Weights):
    """The random weights a new network starts with: training from scratch."""

    def fill(self, backbone: nn.Module, model: Model, project: Project) -> None:
        """Leaves the backbone as `model` has built it; whoever builds it sets the seed."""
