"""The module behind the objective `group_dro`: the loss of all groups, weighted towards the worst."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from typing_extensions import override

from dlpipe.train.supervision import Supervision

if TYPE_CHECKING:
    from dlpipe.train.batches import Batch
    from dlpipe.train.stage import Config


class GroupRobust(Supervision):
    """Learns labels by group-DRO; the same on any number of devices. `train/loss` stays the mean over samples."""

    def __init__(self, network: nn.Module, settings: Config, step_size: float) -> None:
        super().__init__(network, settings)
        self._step_size = step_size
        self.group_weights: Tensor | None = None
        """Shape (number of cells,), sums to 1: how much each counts now; None before the first step. No buffer."""

    @override
    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_save_checkpoint(checkpoint)
        if self.group_weights is not None:
            checkpoint["group_weights"] = self.group_weights.cpu()

    @override
    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_load_checkpoint(checkpoint)
        self.group_weights = checkpoint.get("group_weights")

    @override
    def _objective(self, weighed: Tensor, batch: Batch) -> Tensor:
        """Σ q·loss over groups, after q has moved (algorithm 1 of the paper); a group not in the batch keeps its q."""
        sums = torch.zeros(batch.num_cells, device=weighed.device).index_add(0, batch.cells, weighed)
        counts = torch.zeros_like(sums).index_add(0, batch.cells, batch.weights)
        counts = self._over_devices(counts)
        shares = sums / counts.clamp(min=torch.finfo(counts.dtype).tiny)
        losses = self._over_devices(shares.detach().clone())
        if self.group_weights is None:
            self.group_weights = torch.full_like(losses, 1 / batch.num_cells)
        self.group_weights = moved(self.group_weights.to(losses.device), losses, self._step_size)
        # devices' gradients are averaged, so each gives its share of the sum times the number of devices
        return (self.group_weights * shares).sum() * self.trainer.world_size


def moved(weights: Tensor, losses: Tensor, step_size: float) -> Tensor:
    """Weights of groups after one step: q·exp(η·loss), summing to 1 again. Both (G,)."""
    beyond = losses - losses.max()  # changes no share, and keeps what is rounded small
    return torch.softmax(weights.log() + step_size * beyond, dim=0)
