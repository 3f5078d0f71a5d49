"""What training minimises."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from dlpipe.core.plugin import Plugin

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule
    from torch import nn


class Objective(Plugin, package="dlpipe.train.objectives"):
    """A way of learning: losses, optimisers and the training step."""

    measures: ClassVar[Mapping[str, Literal["min", "max"]]] = {"val/loss": "min"}
    """What its module logs every epoch and can be chosen as `train.monitor`, and which end is the better one."""

    by_group: ClassVar[bool] = False
    """Whether its module needs the group of every sample (`train.groups`)."""

    @abstractmethod
    def module(self, network: nn.Module, settings: Any) -> LightningModule:
        """A module that owns losses, optimisers and steps for `network`; `settings` is the `train` section.

        Its steps get a `dlpipe.train.batches.Batch`; it keeps the network as `network` and logs `train/loss` and its
        `measures` once an epoch. The learning rate of an optimiser's groups is moved by `dlpipe.train.schedule`.
        """
