"""What happens between steps and epochs: checkpoints, the best weights, the record, and stopping early."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint
from typing_extensions import override

from dlpipe.core.say import say
from dlpipe.train.checkpoint import write_weights
from dlpipe.train.history import History, line

if TYPE_CHECKING:
    from dlpipe.tracking import Run
    from dlpipe.train.guard import LossGuard
    from dlpipe.train.loaders import Loaders
    from dlpipe.train.resume import ResumeFolder

NETWORK = "network."
"""What the module calls the network; left out of the weights' names."""

_ASK_EVERY = 16
"""Steps between two questions among devices whether a checkpoint is due."""


@dataclass(frozen=True)
class Plan:
    """What the keeper holds to."""

    num_epochs: int
    patience: int | None
    checkpoint_minutes: float
    num_train: int


class Keeper(Checkpoint):
    """Lightning calls it last of all callbacks, when an epoch's numbers are known."""

    def __init__(
        self,
        plan: Plan,
        history: History,
        folder: ResumeFolder,
        loaders: Loaders,
        run: Run | None,
        guard: LossGuard,
    ) -> None:
        super().__init__()
        self._plan = plan
        self.history = history
        self._folder = folder
        self._loaders = loaders
        self._run = run
        self._guard = guard
        self._last_saved = time.monotonic()
        self._epoch_started = (0.0, 0)
        self._rate = 0.0

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.history.rows}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.history.rows = list(state_dict["rows"])

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._stop_if_stale(trainer)
        self._epoch_started = (time.monotonic(), self._loaders.position[1])

    @override
    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._loaders.start_epoch(trainer.current_epoch)
        self._epoch_started = (time.monotonic(), 0)

    @override
    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Keeps a checkpoint within the epoch where one is due."""
        done, of = batch_idx + 1, int(trainer.num_training_batches)
        if done == of:
            started, skipped = self._epoch_started
            self._rate = (done - skipped) / of * self._plan.num_train / max(time.monotonic() - started, 1e-9)
        elif self._is_due(trainer, done):
            self._save(trainer, trainer.current_epoch, done)

    def _is_due(self, trainer: Trainer, done: int) -> bool:
        is_due = time.monotonic() - self._last_saved >= 60 * self._plan.checkpoint_minutes
        if trainer.world_size == 1:
            return is_due
        if done % _ASK_EVERY:
            return False
        asked = torch.tensor(float(is_due and trainer.is_global_zero), device=trainer.strategy.root_device)
        return bool(trainer.strategy.reduce(asked, reduce_op="sum"))

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._guard.settle(trainer)
        row = self._row(trainer)
        is_best = self.history.add(row)
        if is_best:
            self.keep_best(trainer, row["epoch"])
        if self._run is not None:
            self._run.metrics({name: value for name, value in row.items() if name != "epoch"}, step=row["epoch"])
        self._save(trainer, row["epoch"], 0)
        if trainer.is_global_zero:
            self._folder.prune(self.history.best_epoch, trainer.global_step)
        say.note("  " + line(row, self._plan.num_epochs, is_best=is_best, seconds_left=self._seconds_left(row)))
        self._stop_if_stale(trainer)

    def _row(self, trainer: Trainer) -> dict[str, Any]:
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        if not math.isfinite(values["val/loss"]):
            raise self._guard.diverged_in(trainer.current_epoch)
        rate = trainer.optimizers[0].param_groups[-1]["lr"]
        return {"epoch": trainer.current_epoch + 1, **values, "lr": rate, "images_per_second": self._rate}

    def keep_best(self, trainer: Trainer, epoch: int) -> None:
        """Writes the network's weights; every device takes part, the first one writes."""
        state = trainer.strategy.lightning_module_state_dict()
        if trainer.is_global_zero:
            named = {name.removeprefix(NETWORK): value for name, value in state.items() if name.startswith(NETWORK)}
            write_weights(named, self._folder.best(epoch))

    def _save(self, trainer: Trainer, epoch: int, done: int) -> None:
        """`done` batches of `epoch` (from 0) are behind."""
        self._guard.settle(trainer)
        self._loaders.position = (epoch, done)
        trainer.save_checkpoint(self._folder.checkpoint(trainer.global_step))
        self._last_saved = time.monotonic()

    def _seconds_left(self, row: dict[str, Any]) -> float:
        spent = time.monotonic() - self._epoch_started[0]
        return (self._plan.num_epochs - row["epoch"]) * spent

    def _stop_if_stale(self, trainer: Trainer) -> None:
        patience = self._plan.patience
        if patience is not None and self.history.num_stale >= patience and not trainer.should_stop:
            say.note(f"  no better {self.history.monitor} for {patience} epochs: stopping early")
            trainer.should_stop = True
