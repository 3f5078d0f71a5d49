"""Learning labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from dlpipe.train.objectives import Objective

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule
    from torch import nn


class Supervised(Objective):
    """Cross-entropy between a sample's label and what the network says of it; of several labels, of each by itself."""

    measures: ClassVar[Mapping[str, Literal["min", "max"]]] = {
        "val/loss": "min",
        "val/accuracy": "max",
        "val/auroc": "max",
        "val/worst_group_loss": "min",
        "val/worst_group_accuracy": "max",
    }

    def module(self, network: nn.Module, settings: Any) -> LightningModule:
        from dlpipe.train.several import SeveralLabels
        from dlpipe.train.supervision import Supervision

        return (SeveralLabels if getattr(network, "several", False) else Supervision)(network, settings)
