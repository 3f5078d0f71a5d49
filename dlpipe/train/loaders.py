"""Feeds both splits to the devices, and remembers where a training has got to."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from typing import Any

import cv2
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader
from typing_extensions import override

from dlpipe.core.process import end_with_parent
from dlpipe.train.batches import Batch, GlobalBatches, Refused, SplitDataset

_TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Feeding:
    """How batches are made."""

    batch_size: int
    """Samples a step over all devices."""
    seed: int
    num_workers: int
    pin_memory: bool
    is_balanced: bool = False
    """Whether every cell of the training samples is shown equally often."""


class Loaders(LightningDataModule):
    """Data loaders whose batches are Batches already; made once the devices know each other."""

    def __init__(self, train: SplitDataset, val: SplitDataset, feeding: Feeding) -> None:
        super().__init__()
        self.train_part, self.val_part, self._feeding = train, val, feeding
        self._batches: GlobalBatches | None = None
        self.position = (0, 0)
        """Epoch (from 0) and batch of it that come next."""

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"epoch": self.position[0], "batch": self.position[1]}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.position = (state_dict["epoch"], state_dict["batch"])

    @override
    def train_dataloader(self) -> DataLoader[Batch]:
        self._batches = self.batches(self.train_part, self._feeding.seed)
        self._batches.go_on_at(*self.position)
        return self._loader(self.train_part, self._batches)

    @override
    def on_before_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        """Raises here, in the main process, what a worker met."""
        if isinstance(batch, Refused):
            raise batch.error()
        return batch

    def start_epoch(self, epoch: int) -> None:
        """The next pass over the training samples is that of `epoch`."""
        if self._batches is not None:
            self._batches.epoch = epoch

    @override
    def val_dataloader(self) -> DataLoader[Batch]:
        return self._loader(self.val_part, self.batches(self.val_part, None))

    def batches(self, part: SplitDataset, seed: int | None) -> GlobalBatches:
        """The batch sampler of this device."""
        device, count = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        cells = part.cells if self._feeding.is_balanced and seed is not None else None
        return GlobalBatches(part.weights, self._feeding.batch_size, seed, device, count, cells)

    def _loader(self, part: SplitDataset, batches: GlobalBatches) -> DataLoader[Batch]:
        workers = self._feeding.num_workers
        return DataLoader(
            part,
            batch_sampler=batches,  # type: ignore[arg-type] - it gives a Share, which the data set turns into a Batch
            collate_fn=_as_it_is,  # type: ignore[arg-type] - as above
            num_workers=workers,
            pin_memory=self._feeding.pin_memory,
            persistent_workers=workers > 0,
            timeout=_TIMEOUT_SECONDS if workers else 0,
            worker_init_fn=_quiet_worker,
            multiprocessing_context="fork" if workers and sys.platform.startswith("linux") else None,
        )


def _as_it_is(batch: Any) -> Any:
    return batch


def _quiet_worker(_number: int) -> None:
    """Ctrl-C is the main process's business, which ends its workers; no worker prints a traceback of its own."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for ended_by in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ended_by, signal.SIG_DFL)
    cv2.setNumThreads(1)


def default_num_workers(*, on_cpu: bool, is_cached: bool, num_devices: int) -> int:
    """Worker processes a device: as many as there are cores to spare; none where the CPU trains on decoded samples."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if on_cpu:
        return 0 if is_cached else 1
    return max(1, min(8, cores // num_devices - 1))
