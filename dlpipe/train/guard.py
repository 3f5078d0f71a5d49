"""Stops a training whose loss is no number any more, before it spoils the checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor
from typing_extensions import override

from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from dlpipe.train.batches import GlobalBatches

_NEVER = 2**62
_EVERY = 16
"""Steps between two looks where a look makes a GPU wait."""
_SHOWN = 5


class LossGuard(Callback):
    """Notes on the device the first step whose loss was not finite; looks at the note now and then, on all devices at once."""

    def __init__(self, batches: GlobalBatches, ids: list[str], advice: str) -> None:
        self._batches = batches
        self._ids = ids
        self._advice = advice
        self._first_bad: Tensor | None = None

    @override
    def on_before_backward(self, trainer: Trainer, pl_module: LightningModule, loss: Tensor) -> None:
        step = trainer.global_step
        now = torch.where(torch.isfinite(loss.detach()), _NEVER, step)
        self._first_bad = now if self._first_bad is None else torch.minimum(self._first_bad, now)
        if loss.device.type == "cpu" or step % _EVERY == 0:
            self.settle(trainer)

    def settle(self, trainer: Trainer) -> None:
        """Looks at the note; every device must call it at the same moment.

        Raises:
            DlpipeError: a loss was not finite (exit 3); the same on every device.
        """
        if self._first_bad is None:
            return
        first = int(torch.as_tensor(trainer.strategy.reduce(self._first_bad.clone(), reduce_op="min")).item())
        if first != _NEVER:
            raise self._diverged(first, int(trainer.num_training_batches))

    def diverged_in(self, epoch: int) -> DlpipeError:
        """What is raised where the loss stayed finite in training, but not on the validation samples."""
        problem = f"training diverged: the validation loss of epoch {epoch + 1} is not a finite number"
        return DlpipeError(problem, self._advice, Exit.NO)

    def _diverged(self, step: int, per_epoch: int) -> DlpipeError:
        epoch, number = divmod(step, per_epoch)
        ids = [self._ids[index] for index in self._batches.whole(epoch, number)]
        more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        shown = ", ".join(ids[:_SHOWN])
        problem = (
            f"training diverged: the loss of step {step + 1} (batch {number + 1} of epoch {epoch + 1}) is not a finite "
            f"number; its samples: {shown}{more}"
        )
        return DlpipeError(problem, self._advice, Exit.NO)
