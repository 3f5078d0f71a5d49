"""What training minimises."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule
    from torch import nn


class Objective(Plugin, package="dlpipe.train.objectives"):
    """A way of learning: losses, optimisers and the training step."""

    @abstractmethod
    def module(self, network: nn.Module, settings: Any) -> LightningModule:
        """A module that owns losses, optimisers and steps for `network`; `settings` is the `train` section."""
