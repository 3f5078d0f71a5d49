"""Learning labels so that no group is left behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from dlpipe.train.objectives import Objective
from dlpipe.train.objectives.supervised import Supervised

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule
    from torch import nn


class GroupDro(Objective):
    """Cross-entropy of the worst group: groups (by label) with a higher loss weigh more and more (group-DRO).

    Sagawa, Koh, Hashimoto and Liang, Distributionally robust neural networks for group shifts, ICLR 2020, algorithm 1.
    Groups are those of `train.groups`, by label. The mean over all samples usually gets worse.
    """

    measures: ClassVar[Mapping[str, Literal["min", "max"]]] = Supervised.measures
    by_group: ClassVar[bool] = True

    step_size: float = Field(
        default=0.01,
        gt=0,
        le=10,
        description="How fast weights move to the groups with the higher loss (η of the paper).",
    )

    def module(self, network: nn.Module, settings: Any) -> LightningModule:
        from dlpipe.train.robust import GroupRobust

        return GroupRobust(network, settings, self.step_size)
