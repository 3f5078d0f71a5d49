"""Training with dlpipe beside a loop written by hand, and what feeds them beside decoding alone.

Both loops train the same network on the same pictures in the same process, an epoch each in turn, so that whatever else
the machine does hits both. The bare loop is what PyTorch's tutorials show, with everything that makes it fast.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.bench import REPOSITORY

if TYPE_CHECKING:
    import numpy as np

MINUTES = 5
SIZE_PX = 128
BATCH_SIZE = 32
NUM_BATCHES = 4
NUM_EPOCHS = 10
"""Of each loop; the first one warms up."""


def measure() -> dict[str, Any]:
    """Images a second by wall clock, and ratios by wall clock and by the time the processor spent."""
    with tempfile.TemporaryDirectory() as folder:
        return {**_training(Path(folder)), **_memory(), **_feeding(Path(folder))}


def _training(folder: Path) -> dict[str, Any]:
    ours, bare = _both(folder)
    count = BATCH_SIZE * NUM_BATCHES
    ratios = [[theirs[kind] / own[kind] for own, theirs in zip(ours[1:], bare[1:], strict=True)] for kind in (0, 1)]
    return {
        "dlpipe, images a second": round(count / min(epoch[0] for epoch in ours), 1),
        "bare loop, images a second": round(count / min(epoch[0] for epoch in bare), 1),
        "ratio by wall clock, median of neighbours": round(statistics.median(ratios[0]), 3),
        "ratio by processor time, median of neighbours": round(statistics.median(ratios[1]), 3),
    }


def _both(folder: Path) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Wall and processor seconds of every epoch of dlpipe and of the bare loop."""
    from pytorch_lightning import Callback

    from dlpipe.train.devices import quiet_lightning, this_machine, trainer_on
    from dlpipe.train.stage import Config

    config = Config.model_validate(
        {"epochs": NUM_EPOCHS, "batch_size": BATCH_SIZE, "accelerator": "cpu", "batch_norm": "update"}
    )
    ours: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []

    class InTurn(Callback):
        def on_train_epoch_start(self, *_of: Any) -> None:
            self.started = time.perf_counter(), time.process_time()

        def on_validation_start(self, *_of: Any) -> None:
            ours.append((time.perf_counter() - self.started[0], time.process_time() - self.started[1]))
            bare.append(_timed(by_hand))

    with quiet_lightning():
        network, by_hand = _network(), _by_hand()
        loaders, callbacks = _parts(config, folder)
        trainer = trainer_on(this_machine(config), NUM_EPOCHS, [*callbacks, InTurn()], folder)
        trainer.fit(config.objective.module(network.train(), config), datamodule=loaders)
    return ours, bare


def _timed(work: Any) -> tuple[float, float]:
    import torch

    started = time.perf_counter(), time.process_time()
    with torch.inference_mode(mode=False), torch.enable_grad():
        work()
    return time.perf_counter() - started[0], time.process_time() - started[1]


def _network() -> Any:
    import torch

    from dlpipe.models.timm import Timm
    from dlpipe.network import build_network
    from dlpipe.tasks.classification import Classification

    torch.manual_seed(0)
    network = build_network(Timm(architecture="tf_efficientnet_lite0"), Classification(), 2, (3, SIZE_PX, SIZE_PX))
    return network.to(memory_format=torch.channels_last)


def _parts(config: Any, folder: Path) -> tuple[Any, list[Any]]:
    """dlpipe's loaders and callbacks, as a training puts them together."""
    from dlpipe.train.callbacks import Bar, OwnSignals, Rest, StepSeed
    from dlpipe.train.guard import LossGuard
    from dlpipe.train.history import History
    from dlpipe.train.keeper import Keeper, Plan
    from dlpipe.train.loaders import Feeding, Loaders
    from dlpipe.train.resume import ResumeFolder
    from dlpipe.train.schedule import Schedule

    train, val = _part(BATCH_SIZE * NUM_BATCHES, augmented=True), _part(2, augmented=False)
    loaders = Loaders(train, val, Feeding(BATCH_SIZE, 0, 0, pin_memory=False))
    guard = LossGuard(loaders.batches(train, 0), [""] * len(train), "")
    plan = Plan(config.epochs, None, 10, len(train))
    keeper = Keeper(plan, History("val/loss", larger_is_better=False), ResumeFolder(folder), loaders, None, guard)
    callbacks = [
        OwnSignals(),
        StepSeed(0),
        Rest(keeps_averages=config.keeps_averages),
        Schedule(config.epochs, config.warmup_share),
        guard,
    ]
    return loaders, [*callbacks, Bar(config.epochs), keeper]


def _part(count: int, *, augmented: bool) -> Any:
    import numpy as np
    import polars as pl

    from dlpipe.train.augment import DEFAULT, Augmenter
    from dlpipe.train.batches import SplitDataset
    from dlpipe.train.samples import Samples

    ids = [str(number) for number in range(count)]
    ones = np.ones(count, dtype=np.float32)
    samples = Samples(
        pl.DataFrame({"id": ids}), ids, np.arange(count) % 2, ones, ones, ones, np.zeros(len(ids), dtype=np.int64)
    )
    return SplitDataset(samples, _pictures(count), Augmenter(DEFAULT, 0) if augmented else None, is_image=True)


def _pictures(count: int) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.random.default_rng(0).integers(0, 256, (count, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)


def _by_hand() -> Any:
    """One epoch of a loop as it is written by hand: random batches, augmentation, cross-entropy, AdamW."""
    import albumentations
    import numpy as np
    import torch
    from torch.nn.functional import cross_entropy

    from dlpipe.train.augment import DEFAULT

    pictures = _pictures(BATCH_SIZE * NUM_BATCHES)
    targets = torch.arange(len(pictures)) % 2
    change = albumentations.Compose([getattr(albumentations, name)(**how) for name, how in DEFAULT.items()])
    network = _network().train()
    optimizer = torch.optim.AdamW(network.parameters(), 3e-4, fused=True)

    def epoch() -> None:
        for chosen in np.random.default_rng(0).permutation(len(pictures)).reshape(NUM_BATCHES, BATCH_SIZE):
            batch = torch.from_numpy(np.stack([change(image=pictures[index])["image"] for index in chosen]))
            loss = cross_entropy(network(batch.permute(0, 3, 1, 2))[0], targets[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


def _memory() -> dict[str, Any]:
    """What share of its processor time the loop by hand spends in the kernel, which gives it memory, by what it frees.

    In processes of their own: `dlpipe train` keeps memory, a plain process hands it back.
    """
    found: dict[str, Any] = {}
    for how in ("kept", "handed back"):
        command = [sys.executable, "-c", f"from {__name__} import in_kernel; in_kernel({how == 'kept'})"]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        found[f"bare loop in the kernel, memory {how}, share of processor time"] = float(done.stdout.splitlines()[-1])
    return found


def in_kernel(kept: bool) -> None:
    """Prints the share of three epochs after one that warms up."""
    from dlpipe.core.memory import keep_memory

    if kept:
        keep_memory()
    epoch = _by_hand()
    _timed(epoch)
    before = os.times()
    for _ in range(3):
        _timed(epoch)
    after = os.times()
    kernel, user = after.system - before.system, after.user - before.user
    sys.stdout.write(f"{kernel / (kernel + user):.3f}\n")


def _feeding(folder: Path) -> dict[str, Any]:
    """Images a second of decoding alone and of the loader over decoded pictures, one thread each."""
    import cv2
    import numpy as np

    from dlpipe.modalities.image import Image
    from tests.making import write_pictures

    cv2.setNumThreads(1)
    contents = [path.read_bytes() for path in write_pictures(folder / "raw", 100, 300)]
    image, part = Image(size_px=SIZE_PX), _part(300, augmented=True)
    started = time.process_time()
    for content in contents:
        image.encode(image.decode(content)[0])
    decoding = len(contents) / (time.process_time() - started)
    from dlpipe.train.batches import GlobalBatches

    started = time.process_time()
    for share in GlobalBatches(np.ones(300, dtype=np.float32), BATCH_SIZE, 0):
        part.__getitems__(share)
    return {
        "decoding 300 px PNG, images a processor second": round(decoding),
        "batches of decoded pictures, images a processor second": round(300 / (time.process_time() - started)),
    }


if __name__ == "__main__":
    import json

    sys.stdout.write(json.dumps(measure(), indent=2) + "\n")
