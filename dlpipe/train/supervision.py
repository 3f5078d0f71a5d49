"""The module behind the objective `supervised`: cross-entropy, AdamW, and what is measured on the validation samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from dlpipe.train.batches import Batch
from dlpipe.train.measures import measured

if TYPE_CHECKING:
    from dlpipe.train.stage import Config


class Supervision(LightningModule):
    """Learns labels. The loss of a global batch is the weighted mean over all of its samples, on any number of devices."""

    def __init__(self, network: nn.Module, settings: Config) -> None:
        super().__init__()
        self.network = network
        self._settings = settings
        self._seen: list[tuple[Tensor, Tensor, Tensor]] = []
        self._train_sums = torch.zeros(2)
        """Weighted losses and weights of this epoch on this device; no buffer, which devices would share."""

    @override
    def on_train_start(self) -> None:
        self._train_sums = self._train_sums.to(self.device)

    @override
    def on_train_epoch_start(self) -> None:
        self._train_sums.zero_()

    @override
    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keeps what the epoch has summed up so far over all devices; every device calls it."""
        checkpoint["train_sums"] = self._over_devices(self._train_sums.clone()).cpu()

    @override
    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The first device goes on with the sum, the others from zero."""
        self._train_sums = checkpoint["train_sums"].clone() * (self.trainer.global_rank == 0)

    @override
    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        outputs, _ = self.network(batch.inputs)
        weighed = self._losses(outputs.float(), batch) * batch.weights
        self._train_sums += torch.stack((weighed.detach().sum(), batch.weights.sum()))
        return self._objective(weighed, batch)

    def _objective(self, weighed: Tensor, batch: Batch) -> Tensor:
        """What is minimised, from the weighted loss of every sample of this device, shape (B,)."""
        # devices' gradients are averaged, so each gives its share of the sum times the number of devices
        return weighed.sum() * (self.trainer.world_size / batch.total_weight)

    def _losses(self, outputs: Tensor, batch: Batch) -> Tensor:
        """Shape (B,): the cross-entropy of every sample."""
        smoothing = self._settings.label_smoothing
        hard = functional.cross_entropy(outputs, batch.targets, reduction="none", label_smoothing=smoothing)
        if self._settings.label_doubt != "soft_target":
            return hard
        # a doubtful label gives 1 - confidence to the other classes in equal parts
        spread = functional.log_softmax(outputs, dim=1).sum(1).neg()
        own = functional.cross_entropy(outputs, batch.targets, reduction="none")
        others = (spread - own) / (outputs.shape[1] - 1)
        return batch.confidences * hard + (1 - batch.confidences) * others

    @override
    def on_train_epoch_end(self) -> None:
        summed, weight = self._over_devices(self._train_sums.clone()).tolist()
        self.log("train/loss", summed / weight)

    @override
    def on_validation_epoch_start(self) -> None:
        self._seen = []

    @override
    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        outputs, _ = self.network(batch.inputs)
        counted = slice(batch.num_counted)
        self._seen.append((batch.indices[counted], outputs[counted].float(), batch.targets[counted]))

    @override
    def on_validation_epoch_end(self) -> None:
        logits, targets = self._gathered()
        loader: Any = self.trainer.val_dataloaders
        cells = loader.dataset.cells if loader.dataset.num_cells else None
        self.log_dict(measured(logits.cpu().numpy(), targets.cpu().numpy(), cells))

    def _gathered(self) -> tuple[Tensor, Tensor]:
        """Logits (n, K) and targets (n,) of all validation samples, each from the one device that saw it."""
        loader: Any = self.trainer.val_dataloaders
        indices, outputs, targets = (torch.cat(parts) for parts in zip(*self._seen, strict=True))
        rows = torch.zeros(len(loader.dataset), outputs.shape[1] + 2, device=self.device)
        rows[indices] = torch.cat((torch.ones_like(targets)[:, None], targets[:, None], outputs), dim=1)
        rows = self._over_devices(rows)
        if not bool((rows[:, 0] == 1).all()):
            raise ValueError("a validation sample was seen twice or not at all")
        return rows[:, 2:], rows[:, 1].long()

    def _over_devices(self, values: Tensor) -> Tensor:
        """Sum over all devices, on each of them."""
        summed = self.trainer.strategy.reduce(values, reduce_op="sum")
        return torch.as_tensor(summed)

    @override
    def configure_optimizers(self) -> torch.optim.Optimizer:
        settings = self._settings
        groups: list[dict[str, Any]] = []
        for name, rate in (("backbone", settings.backbone_rate), ("head", 1.0)):
            found = [value for value in self.network.get_submodule(name).parameters() if value.requires_grad]
            for decay, chosen in ((settings.weight_decay, True), (0.0, False)):
                params = [value for value in found if (value.ndim > 1) is chosen]
                if params:
                    groups.append({"params": params, "lr": settings.learning_rate * rate, "weight_decay": decay})
        return torch.optim.AdamW(groups, fused=self.device.type in {"cpu", "cuda"})
