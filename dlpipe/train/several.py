"""The module behind the objective `supervised` where a sample may have several labels: each class is a question of its own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from typing_extensions import override

from dlpipe.train.batches import Batch
from dlpipe.train.supervision import Supervision


class SeveralLabels(Supervision):
    """Learns which classes each sample has: binary cross-entropy of every class, meant over the classes."""

    @override
    def _losses(self, outputs: Tensor, batch: Batch) -> Tensor:
        """Shape (B,): the loss of every sample."""
        smoothing = self._settings.label_smoothing
        targets = batch.targets.float()
        wanted = targets * (1 - smoothing) + smoothing / 2
        each = functional.binary_cross_entropy_with_logits(outputs, wanted, reduction="none")
        lacking, having = self._class_weights(outputs.device)
        return (each * torch.where(targets > 0, having, lacking)).mean(dim=1)

    def _class_weights(self, device: torch.device) -> Tensor:
        """Shape (2, K): of lacking and of having each class, as the training samples have them."""
        loader: Any = self.trainer.train_dataloader
        return torch.from_numpy(loader.dataset.class_weights).to(device)

    @override
    def _gathered(self) -> tuple[Tensor, Tensor]:
        """Logits and targets, both (n, K), of all validation samples, each from the one device that saw it."""
        loader: Any = self.trainer.val_dataloaders
        indices, outputs, targets = (torch.cat(parts) for parts in zip(*self._seen, strict=True))
        size = outputs.shape[1]
        rows = torch.zeros(len(loader.dataset), 2 * size + 1, device=self.device)
        seen = torch.ones(len(targets), 1, device=self.device)
        rows[indices] = torch.cat((seen, targets.float(), outputs), dim=1)
        rows = self._over_devices(rows)
        if not bool((rows[:, 0] == 1).all()):
            raise ValueError("a validation sample was seen twice or not at all")
        return rows[:, size + 1 :], rows[:, 1 : size + 1].long()
