"""How the learning rate goes: it rises in a straight line, then falls along half a cosine to zero.

Loshchilov and Hutter, SGDR, ICLR 2017; Goyal et al., Accurate, large minibatch SGD, 2017 (warm-up). The rate is a function
of the step, so a training that goes on needs no state for it.
"""

from __future__ import annotations

import math
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from typing_extensions import override


def factor(step: int, num_steps: int, warmup_share: float) -> float:
    """Share of the highest rate at `step` (from 0) of `num_steps`, in (0, 1]."""
    num_warmup = round(num_steps * warmup_share)
    if step < num_warmup:
        return (step + 1) / (num_warmup + 1)
    done = (step - num_warmup) / max(1, num_steps - num_warmup)
    return 0.5 * (1 + math.cos(math.pi * done))


class Schedule(Callback):
    """Sets the learning rate of every optimiser before each step."""

    def __init__(self, num_epochs: int, warmup_share: float) -> None:
        self._num_epochs = num_epochs
        self._warmup_share = warmup_share

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Takes the highest rates from the module; a checkpoint's optimiser holds those of its last step."""
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                group.setdefault("highest_lr", group["lr"])

    @override
    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        per_epoch = int(trainer.num_training_batches)
        step = trainer.current_epoch * per_epoch + batch_idx
        now = factor(step, self._num_epochs * per_epoch, self._warmup_share)
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["highest_lr"] * now
