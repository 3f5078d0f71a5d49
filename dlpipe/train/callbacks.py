"""Small things that happen around a step: its seed, its place in the progress bar, the same start on all devices."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from typing_extensions import override

from dlpipe.core import files
from dlpipe.core.say import say
from dlpipe.train.checkpoint import read_weights
from dlpipe.train.freeze import rest
from dlpipe.train.keyed_rng import Use, seed_for

if TYPE_CHECKING:
    from dlpipe.network import Network
    from dlpipe.train.history import History
    from dlpipe.train.resume import ResumeFolder


class StepSeed(Callback):
    """Dropout of a step follows from (seed, step, device), so that a training that goes on drops what it would have."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    @override
    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        torch.manual_seed(seed_for(self._seed, Use.STEP, trainer.global_step, trainer.global_rank))


class SameStart(Callback):
    """Further devices take the first weights, and what these reach, from rank 0, which alone made them.

    A training that goes on (`folder` None) takes both from its checkpoint.
    """

    def __init__(self, network: Network, history: History, folder: ResumeFolder | None) -> None:
        self._network = network
        self._history = history
        self._folder = folder

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Lightning has waited for all devices before it calls this, so rank 0 has written the files."""
        if self._folder is not None and not trainer.is_global_zero:
            self._network.load_state_dict(read_weights(self._folder.start))
            self._history.rows = list(files.read_json(self._folder.start_rows))


class Rest(Callback):
    """Normalisation that stays as it is keeps its running averages."""

    def __init__(self, *, keeps_averages: bool) -> None:
        self._keeps_averages = keeps_averages

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        rest(pl_module, keeps_averages=self._keeps_averages)

    @override
    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        rest(pl_module, keeps_averages=self._keeps_averages)


class OwnSignals(Callback):
    """Takes SIGTERM back from Lightning, whose handler waits for other devices and can wait for ever (#20806)."""

    def __init__(self) -> None:
        self._own = signal.getsignal(signal.SIGTERM)

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        signal.signal(signal.SIGTERM, self._own)


class Bar(Callback):
    """A progress bar an epoch, where somebody looks at a terminal."""

    def __init__(self, num_epochs: int) -> None:
        self._num_epochs = num_epochs
        self._bar: Iterator[int] = iter(())

    @override
    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        if batch_idx == 0:
            total = int(trainer.num_training_batches)
            self._bar = iter(say.track(range(total), f"epoch {trainer.current_epoch + 1}/{self._num_epochs}", total))
        next(self._bar, None)

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for _ in self._bar:
            pass

    @override
    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        if hasattr(self._bar, "close"):
            self._bar.close()  # type: ignore[attr-defined] - a generator: gives the terminal back
