"""Which samples a step shows, and to which device.

A global batch is a function of (seed, epoch, number) whatever the number of devices; each device takes its share of it.
Batches differ by at most one sample in size, so that every sample is shown exactly once an epoch and none is left over;
where cells (groups by label) are balanced, every cell is shown equally often instead.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.train.cells import balanced_order
from dlpipe.train.keyed_rng import Use, generator, order

if TYPE_CHECKING:
    from dlpipe.train.augment import Augmenter
    from dlpipe.train.encoded import Encoded
    from dlpipe.train.samples import Samples

Array = np.ndarray[Any, Any]

_EPOCHS_BITS = 32


@dataclass(frozen=True)
class Share:
    """One device's part of a global batch."""

    epoch: int
    indices: Array
    """Shape (b,): which samples."""
    num_counted: int
    """b, or 0 where a stand-in fills an empty share so that all devices take the same number of steps."""
    total_weight: float
    """Sum of the weights of the whole global batch."""
    rounds: Array
    """Shape (b,): how often this epoch has shown each of them before."""


@dataclass
class Batch:
    """b samples on their way to a device."""

    inputs: Tensor
    """(b, *example_shape); images have their channels last in memory."""
    targets: Tensor
    """(b,), class indices; where a sample may have several labels (b, K), 1 where it has the class."""
    confidences: Tensor
    """(b,) float32"""
    weights: Tensor
    """(b,) float32, 0 for a stand-in."""
    indices: Tensor
    """(b,) int64: which samples of the split."""
    cells: Tensor
    """(b,) int64: each sample's group and label; 0 where nothing asks for groups."""
    num_counted: int
    """b, or 0 for a stand-in."""
    total_weight: float
    """Sum of weights over all devices."""
    num_cells: int
    """How many cells training samples are in; 0 where nothing asks for groups."""

    def to(self, device: torch.device) -> Batch:
        """The batch on another device; what is pinned moves while the device computes."""
        moved = {name: value.to(device, non_blocking=True) for name, value in self._tensors().items()}
        return replace(self, **moved)

    def pin_memory(self) -> Batch:
        """The batch in memory from which a GPU copies by itself."""
        pinned = {name: value.pin_memory() for name, value in self._tensors().items()}
        return replace(self, **pinned)

    def _tensors(self) -> dict[str, Tensor]:
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in named.items() if isinstance(value, Tensor)}


@dataclass(frozen=True)
class Refused:
    """Why there is no batch. PyTorch would turn an error of a worker process into one of its own."""

    problem: str
    fix: str
    exit_code: Exit

    def error(self) -> DlpipeError:
        """What the main process raises."""
        return DlpipeError(self.problem, self.fix, self.exit_code)


class GlobalBatches:
    """A batch sampler that gives this device's `Share` of every global batch of an epoch.

    `seed` None keeps the table's order (validation). With `cells`, shape (n,), each of them is shown equally often.
    """

    def __init__(
        self,
        weights: Array,
        batch_size: int,
        seed: int | None,
        device: int = 0,
        num_devices: int = 1,
        cells: Array | None = None,
    ) -> None:
        if seed is not None and min(batch_size, len(weights)) < num_devices:
            problem = f"{num_devices} devices cannot share a batch of {min(batch_size, len(weights))} samples"
            raise DlpipeError(problem, "raise train.batch_size (it counts all devices together) or use fewer devices")
        self._weights = weights
        self._seed = seed
        self._cells = cells
        self._device, self._num_devices = device, num_devices
        self._num_batches = math.ceil(len(weights) / batch_size)
        self.epoch = 0
        self._skipped = (0, 0)

    def __len__(self) -> int:
        return self._num_batches

    def go_on_at(self, epoch: int, number: int) -> None:
        """The first `number` batches of `epoch` are left out."""
        self.epoch, self._skipped = epoch, (epoch, number)

    def whole(self, epoch: int, number: int) -> Array:
        """Samples of one global batch."""
        return self._epoch(epoch)[number][0]

    def _epoch(self, epoch: int) -> list[Array]:
        """Of every batch the samples and how often each was shown before, shape (2, size)."""
        count = len(self._weights)
        rounds = np.zeros(count, dtype=np.int64)
        if self._seed is None:
            indices = np.arange(count)
        elif self._cells is None:
            indices = order(self._seed, epoch, count)
        else:
            indices, rounds = balanced_order(self._cells, generator(self._seed, Use.ORDER, epoch))
        return np.array_split(np.stack((indices, rounds)), self._num_batches, axis=1)

    def __iter__(self) -> Iterator[Share]:
        first = self._skipped[1] if self._skipped[0] == self.epoch else 0
        for whole in self._epoch(self.epoch)[first:]:
            mine = np.array_split(whole, self._num_devices, axis=1)[self._device]
            total = float(self._weights[whole[0]].sum(dtype=np.float64))
            indices, rounds = mine if mine.size else whole[:, :1]
            yield Share(self.epoch, indices, mine.shape[1], total, rounds)


class SplitDataset(Dataset[Any]):
    """Makes the batch of a `Share`, in whatever process it is asked."""

    def __init__(
        self, samples: Samples, encoded: Encoded, augmenter: Augmenter | None, *, is_image: bool, num_cells: int = 0
    ) -> None:
        self._encoded = encoded
        self._augmenter = augmenter
        self._is_image = is_image
        # no Polars in here: worker processes are forked, and its threads would not be there
        self._targets, self._confidences, self.weights = samples.targets, samples.confidences, samples.weights
        self.start_weights, self.cells, self.num_cells = samples.start_weights, samples.cells, num_cells
        self.class_weights = samples.class_weights

    def __len__(self) -> int:
        return len(self._targets)

    def __getitems__(self, share: Share) -> Batch | Refused:
        """The whole batch at once; PyTorch calls this with what the batch sampler gave."""
        try:
            pairs = zip(share.indices.tolist(), share.rounds.tolist(), strict=True)
            return self._batch(share, [self._changed(index, share.epoch, shown) for index, shown in pairs])
        except DlpipeError as error:
            return Refused(error.problem, error.fix, error.exit_code)
        except OSError as error:
            problem = files.environment_problem(error)
            return Refused(problem.problem, problem.fix, problem.exit_code)

    def plain(self, indices: Array) -> Batch:
        """Samples as they are, without random changes."""
        total = float(self.weights[indices].sum(dtype=np.float64))
        share = Share(0, indices, len(indices), total, np.zeros_like(indices))
        return self._batch(share, [self._encoded[int(index)] for index in indices])

    def _changed(self, index: int, epoch: int, shown: int) -> Array:
        """A sample that an epoch shows more than once is changed in another way each time."""
        value = self._encoded[index]
        return value if self._augmenter is None else self._augmenter(value, epoch + (shown << _EPOCHS_BITS), index)

    def _batch(self, share: Share, values: list[Array]) -> Batch:
        inputs = torch.from_numpy(np.stack(values))
        weights = self.weights[share.indices] * np.float32(share.num_counted > 0)
        return Batch(
            inputs=inputs.permute(0, 3, 1, 2) if self._is_image else inputs,
            targets=torch.from_numpy(self._targets[share.indices]),
            confidences=torch.from_numpy(self._confidences[share.indices]),
            weights=torch.from_numpy(weights),
            indices=torch.from_numpy(share.indices.astype(np.int64)),
            cells=torch.from_numpy(self.cells[share.indices]),
            num_counted=share.num_counted,
            total_weight=share.total_weight,
            num_cells=self.num_cells,
        )
