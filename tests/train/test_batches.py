from __future__ import annotations

from multiprocessing.reduction import ForkingPickler

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.train.augment import Augmenter
from dlpipe.train.batches import GlobalBatches, Refused, Share, SplitDataset
from dlpipe.train.samples import Samples

SIZES = (st.integers(4, 300), st.integers(4, 64), st.integers(1, 4), st.integers(0, 9))


def share_of(epoch: int, indices: list[int], num_counted: int, total_weight: float, rounds: int = 0) -> Share:
    return Share(epoch, np.array(indices), num_counted, total_weight, np.full(len(indices), rounds))


def epoch_of(count: int, batch_size: int, devices: int, epoch: int, *, seed: int | None = 1) -> list[list[Share]]:
    """A list of shares for each device."""
    weights = np.linspace(0.5, 1.5, count, dtype=np.float32)
    samplers = [GlobalBatches(weights, batch_size, seed, device, devices) for device in range(devices)]
    for sampler in samplers:
        sampler.epoch = epoch
    return [list(sampler) for sampler in samplers]


@given(*SIZES)
def test_every_sample_is_shown_exactly_once(count: int, batch_size: int, devices: int, epoch: int) -> None:
    shares = [share for device in epoch_of(count, batch_size, devices, epoch) for share in device]
    shown = [int(index) for share in shares for index in share.indices[: share.num_counted]]
    assert sorted(shown) == list(range(count))


@given(*SIZES)
def test_global_batches_are_the_same_for_any_number_of_devices(
    count: int, batch_size: int, devices: int, epoch: int
) -> None:
    (alone,) = epoch_of(count, batch_size, 1, epoch)
    together = epoch_of(count, batch_size, devices, epoch)
    assert {len(device) for device in together} == {len(alone)}
    for number, share in enumerate(alone):
        parts = [device[number] for device in together]
        assert np.concatenate([part.indices[: part.num_counted] for part in parts]).tolist() == share.indices.tolist()
        assert {part.total_weight for part in parts} == {share.total_weight}


@given(*SIZES)
def test_batches_are_no_larger_than_asked_and_nearly_even(
    count: int, batch_size: int, devices: int, epoch: int
) -> None:
    (alone,) = epoch_of(count, batch_size, 1, epoch)
    sizes = [len(share.indices) for share in alone]
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1


@given(*SIZES)
def test_balanced_batches_show_every_cell_equally_often(count: int, batch_size: int, devices: int, epoch: int) -> None:
    cells = np.where(np.arange(count) < count // 4, 0, 1 + np.arange(count) % 2)
    weights = np.ones(count, dtype=np.float32)
    shown: list[list[int]] = []
    for device in range(devices):
        sampler = GlobalBatches(weights, batch_size, 1, device, devices, cells)
        sampler.epoch = epoch
        shown.append([int(index) for share in sampler for index in share.indices[: share.num_counted]])
    counts = np.bincount(cells[[index for device in shown for index in device]], minlength=3)
    assert counts.sum() == count
    assert np.ptp(counts) <= 1


def test_validation_keeps_the_order_and_fills_an_empty_share_with_a_stand_in() -> None:
    first, second = epoch_of(9, 8, 8, 0, seed=None)[0], epoch_of(9, 8, 8, 0, seed=None)[7]
    assert [share.indices.tolist() for share in first] == [[0], [5]]
    assert [share.num_counted for share in second] == [0, 0]
    assert all(len(share.indices) == 1 for share in second)


def test_a_training_that_goes_on_leaves_out_what_it_has_seen() -> None:
    sampler = GlobalBatches(np.ones(20, dtype=np.float32), 4, seed=1)
    sampler.go_on_at(2, 3)
    whole = epoch_of(20, 4, 1, 2)[0]
    assert [share.indices.tolist() for share in sampler] == [share.indices.tolist() for share in whole[3:]]
    sampler.epoch = 3
    assert len(list(sampler)) == len(sampler) == 5
    assert sampler.whole(2, 4).tolist() == whole[4].indices.tolist()


def test_more_devices_than_samples_of_a_batch_are_refused() -> None:
    with pytest.raises(DlpipeError, match="4 devices cannot share a batch of 3"):
        GlobalBatches(np.ones(20, dtype=np.float32), 3, 1, 0, 4)


def samples_of(count: int) -> Samples:
    ids = [str(number) for number in range(count)]
    ones = np.ones(count, dtype=np.float32)
    return Samples(pl.DataFrame({"id": ids}), ids, np.arange(count) % 2, ones, ones * 2, ones * 3, np.arange(count) % 3)


def test_a_batch_of_pictures_has_channels_last_and_is_never_copied_for_it() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (6, 8, 10, 3), dtype=np.uint8)
    part = SplitDataset(samples_of(6), pictures, None, is_image=True)
    batch = part.__getitems__(share_of(0, [4, 1], 2, 4.0))
    assert batch.inputs.shape == (2, 3, 8, 10)
    assert batch.inputs.dtype == torch.uint8
    assert batch.inputs.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(batch.inputs[1], torch.from_numpy(pictures[1]).permute(2, 0, 1))
    assert batch.indices.tolist() == [4, 1]
    assert batch.targets.tolist() == [0, 1]
    assert batch.weights.tolist() == [2, 2]
    assert (batch.cells.tolist(), batch.num_cells) == ([1, 1], 0)
    moved = batch.to(torch.device("cpu"))
    assert moved.total_weight == 4.0
    assert moved.num_counted == 2


def test_a_stand_in_weighs_nothing() -> None:
    part = SplitDataset(samples_of(3), np.zeros((3, 4), dtype=np.float32), None, is_image=False)
    batch = part.__getitems__(share_of(0, [0], 0, 6.0))
    assert batch.weights.tolist() == [0]
    assert batch.inputs.shape == (1, 4)


@pytest.mark.parametrize(
    ("error", "code"),
    (
        (DlpipeError("gone", "put it back", Exit.INTEGRITY), Exit.INTEGRITY),
        (OSError(5, "Input/output error", "x.png"), Exit.ENVIRONMENT),
    ),
)
def test_what_a_worker_meets_survives_the_way_to_the_main_process(error: Exception, code: Exit) -> None:
    class Failing:
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> np.ndarray:
            raise error

    part = SplitDataset(samples_of(3), Failing(), None, is_image=False)
    refused = part.__getitems__(share_of(0, [0], 1, 1.0))
    assert isinstance(refused, Refused)
    told = ForkingPickler.loads(ForkingPickler.dumps(refused)).error()
    assert told.exit_code == code
    assert told.problem.startswith(("gone", "x.png"))


def test_augmentation_follows_epoch_and_sample_not_batch() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)
    part = SplitDataset(samples_of(6), pictures, Augmenter({"RandomBrightnessContrast": {"p": 1}}, 0), is_image=True)
    one = part.__getitems__(share_of(3, [2], 1, 2.0)).inputs[0]
    among = part.__getitems__(share_of(3, [5, 4, 2], 3, 6.0)).inputs[2]
    again = part.__getitems__(share_of(3, [2], 1, 2.0, rounds=1)).inputs[0]
    later = part.__getitems__(share_of(4, [2], 1, 2.0)).inputs[0]
    assert torch.equal(one, among)
    assert not torch.equal(one, later)
    assert not torch.equal(one, again)
    assert not torch.equal(later, again)
    assert torch.equal(part.plain(np.array([2])).inputs[0], torch.from_numpy(pictures[2]).permute(2, 0, 1))
