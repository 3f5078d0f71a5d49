"""Puts network, data, callbacks and trainer together and lets them run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError
from dlpipe.core.rank import is_main_rank
from dlpipe.core.say import say
from dlpipe.network import Network, build_network
from dlpipe.train.augment import DEFAULT, Augmenter
from dlpipe.train.batches import SplitDataset
from dlpipe.train.callbacks import Bar, OwnSignals, Rest, SameStart, StepSeed
from dlpipe.train.checkpoint import write_weights
from dlpipe.train.devices import trainer_on
from dlpipe.train.encoded import OnDemand, fit_in_memory, kept_in_memory
from dlpipe.train.freeze import freeze
from dlpipe.train.guard import LossGuard
from dlpipe.train.head_start import linear_probe
from dlpipe.train.history import History, line
from dlpipe.train.keeper import Keeper, Plan
from dlpipe.train.keyed_rng import Use, seed_for
from dlpipe.train.loaders import Feeding, Loaders, default_num_workers
from dlpipe.train.measures import monitored
from dlpipe.train.schedule import Schedule

if TYPE_CHECKING:
    from pathlib import Path

    from pytorch_lightning import Callback

    from dlpipe.tracking import Run
    from dlpipe.train.samples import Samples
    from dlpipe.train.training import Task


def fit(task: Task, run: Run | None) -> tuple[Network, History]:
    """Trains, on every rank. Rank 0's folder then holds the best epoch's weights.

    Raises:
        DlpipeError: weights cannot be had, samples have changed, or the loss diverged.
    """
    checkpoint = task.folder.latest()
    loaders = _loaders(task)
    network = _network(task)
    lesson, asked, objective = task.lesson, task.config.monitor, task.config.objective
    history = History(
        *monitored(asked, objective, lesson.val.targets, len(lesson.classes), has_groups=bool(lesson.cells))
    )
    if checkpoint is None and is_main_rank():
        _start(task, network, loaders, history, run)
    elif checkpoint is not None:
        step = int(checkpoint.stem.removeprefix("step-"))
        say.note(f"  going on from step {step:,} of a training that was stopped")
    share = freeze(network.backbone, task.config.frozen_share)
    say.detail(f"  {share} layers stay as they are")
    module = task.config.objective.module(network.train(), task.config)
    callbacks = _callbacks(
        task, loaders, history, run, SameStart(network, history, None if checkpoint else task.folder)
    )
    trainer = trainer_on(task.machine, task.config.epochs, callbacks, task.folder.path)
    trainer.fit(module, datamodule=loaders, ckpt_path=checkpoint, weights_only=True)
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
    return network, history


def _network(task: Task) -> Network:
    dataset = task.inputs.dataset
    torch.manual_seed(seed_for(dataset.seed, Use.START))
    network = build_network(task.config.model, dataset.task, len(task.lesson.classes), dataset.modality.example_shape)
    if dataset.modality.layout == "image":
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] - stubs lack this form
    count = sum(parameter.numel() for parameter in network.parameters())
    lesson = task.lesson
    say.note(
        f"  {task.config.model.name}, {count / 1e6:.1f} M parameters, {len(lesson.train):,} training and "
        f"{len(lesson.val):,} validation samples, {task.machine.accelerator}, {task.machine.precision}"
    )
    return network


def _start(task: Task, network: Network, loaders: Loaders, history: History, run: Run | None) -> None:
    """First weights and last layer; a linear probe counts as epoch 0, so that training never makes a model worse."""
    config = task.config
    config.weights.fill(network.backbone, config.model, task.inputs.project)
    if config.starts_with_probe:
        values = linear_probe(network, loaders.train_part, loaders.val_part, task.machine.first_device)
        row = {"epoch": 0, **values}
        history.add(row)
        say.note("  " + line(row, config.epochs, is_best=True))
        if run is not None:
            run.metrics({name: row[name] for name in row if name != "epoch"}, step=0)
    write_weights(network.state_dict(), task.folder.start)
    files.write_json(task.folder.start_rows, history.rows)


def _loaders(task: Task) -> Loaders:
    config, machine, dataset = task.config, task.machine, task.inputs.dataset
    num_devices = machine.devices if isinstance(machine.devices, int) else max(1, torch.cuda.device_count())
    count = len(task.lesson.train) + len(task.lesson.val)
    fits = fit_in_memory(dataset.modality, count, num_devices)
    is_cached = config.cache == "memory" or (config.cache == "auto" and fits)
    workers = config.num_workers
    if workers == "auto":
        workers = default_num_workers(on_cpu=machine.on_cpu, is_cached=is_cached, num_devices=num_devices)
    feeding = Feeding(
        config.batch_size,
        dataset.seed,
        workers,
        pin_memory=machine.accelerator == "cuda",
        is_balanced=config.group_balance == "sampling",
    )
    augmenter = _augmenter(task)
    train = _part(task, task.lesson.train, "training", augmenter, is_cached=is_cached)
    return Loaders(train, _part(task, task.lesson.val, "validation", None, is_cached=is_cached), feeding)


def _part(task: Task, samples: Samples, what: str, augmenter: Augmenter | None, *, is_cached: bool) -> SplitDataset:
    modality = task.inputs.dataset.modality
    source = OnDemand(modality, task.inputs.raw, samples.table)
    encoded = kept_in_memory(source, what) if is_cached else source
    return SplitDataset(
        samples, encoded, augmenter, is_image=modality.layout == "image", num_cells=len(task.lesson.cells)
    )


def _augmenter(task: Task) -> Augmenter | None:
    dataset = task.inputs.dataset
    is_image = dataset.modality.layout == "image"
    asked = task.config.augment
    if asked is None:
        asked = DEFAULT if is_image else {}
    if asked and not is_image:
        problem = f"train.augment holds transforms of images, but {dataset.modality.name} samples are no images"
        raise DlpipeError(problem, "set train.augment: {}")
    return Augmenter(asked, dataset.seed) if asked else None


def _callbacks(task: Task, loaders: Loaders, history: History, run: Run | None, start: SameStart) -> list[Callback]:
    config = task.config
    patience = config.early_stopping.patience if config.early_stopping else None
    plan = Plan(config.epochs, patience, config.checkpoint_minutes, len(task.lesson.train))
    guard = LossGuard(
        loaders.batches(loaders.train_part, task.inputs.dataset.seed), task.lesson.train.ids, _advice(task)
    )
    keeper = Keeper(plan, history, task.folder, loaders, run, guard)
    seed = StepSeed(task.inputs.dataset.seed)
    return [
        start,
        OwnSignals(),
        seed,
        Rest(keeps_averages=config.keeps_averages),
        Schedule(config.epochs, config.warmup_share),
        guard,
        Bar(config.epochs),
        keeper,
    ]


def _advice(task: Task) -> str:
    kept: Path = task.folder.path
    return (
        f"lower train.learning_rate ({task.config.learning_rate:g}), set train.precision: 32-true, or look at these "
        f"samples; the last good checkpoint is kept in {kept}"
    )
