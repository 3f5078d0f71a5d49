from __future__ import annotations

import os
import signal

import numpy as np
import polars as pl
import pytest
import torch

from dlpipe.train import loaders as module
from dlpipe.train.batches import SplitDataset
from dlpipe.train.loaders import Feeding, Loaders, default_num_workers
from dlpipe.train.samples import Samples


def part(count: int) -> SplitDataset:
    ids = [str(number) for number in range(count)]
    ones = np.ones(count, dtype=np.float32)
    samples = Samples(
        pl.DataFrame({"id": ids}), ids, np.arange(count), ones, ones, ones, np.zeros(len(ids), dtype=np.int64)
    )
    return SplitDataset(samples, np.arange(count, dtype=np.float32)[:, None], None, is_image=False)


def loaders(num_workers: int = 0) -> Loaders:
    return Loaders(part(20), part(5), Feeding(batch_size=6, seed=1, num_workers=num_workers, pin_memory=False))


def shown(loader: torch.utils.data.DataLoader[object]) -> list[list[int]]:
    return [batch.indices.tolist() for batch in loader]  # type: ignore[attr-defined]


def test_batches_come_whole_from_either_split() -> None:
    made = loaders()
    train, val = shown(made.train_dataloader()), shown(made.val_dataloader())
    assert sorted(index for indices in train for index in indices) == list(range(20))
    assert [len(indices) for indices in train] == [5, 5, 5, 5]
    assert val == [[0, 1, 2, 3, 4]]


def test_the_position_is_what_a_checkpoint_keeps() -> None:
    whole = loaders()
    loader = whole.train_dataloader()
    whole.start_epoch(2)
    wanted = shown(loader)
    resumed = loaders()
    resumed.load_state_dict({"epoch": 2, "batch": 3})
    assert resumed.state_dict() == {"epoch": 2, "batch": 3}
    loader = resumed.train_dataloader()
    assert shown(loader) == wanted[3:]
    resumed.start_epoch(3)
    assert len(shown(loader)) == 4


def test_workers_prepare_the_same_batches() -> None:
    with_workers = loaders(num_workers=2)
    loader = with_workers.train_dataloader()
    assert shown(loader) == shown(loaders().train_dataloader())
    assert loader.timeout > 0
    del loader


def test_a_worker_leaves_ctrl_c_to_its_parent() -> None:
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        module._quiet_worker(0)
        ignores = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        os._exit(0 if ignores and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(
    ("on_cpu", "is_cached", "devices", "wanted"), ((True, True, 1, 0), (True, False, 1, 1), (False, True, 4, 3))
)
def test_workers_by_default(
    monkeypatch: pytest.MonkeyPatch, on_cpu: bool, is_cached: bool, devices: int, wanted: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: range(16), raising=False)
    assert default_num_workers(on_cpu=on_cpu, is_cached=is_cached, num_devices=devices) == wanted
