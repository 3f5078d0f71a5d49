"""One training from the samples table to the files of the stage; goes on where a killed one stopped."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from dlpipe.core import dvc, files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.memory import keep_memory
from dlpipe.core.plugin import described, plain
from dlpipe.core.rank import is_main_rank
from dlpipe.core.stage import Inputs, Summary
from dlpipe.core.table import read_table
from dlpipe.train.cells import cost
from dlpipe.train.devices import Machine, quiet_lightning, this_machine
from dlpipe.train.fingerprint import fingerprint
from dlpipe.train.resume import ResumeFolder, resume_folder
from dlpipe.train.samples import Lesson, lesson

if TYPE_CHECKING:
    from dlpipe.network import Network
    from dlpipe.tracking import Run
    from dlpipe.train.history import History
    from dlpipe.train.stage import Config


@dataclass(frozen=True)
class Task:
    """What is to be trained, on what, and where its state is kept."""

    config: Config
    inputs: Inputs
    lesson: Lesson
    machine: Machine
    folder: ResumeFolder


def train(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Every rank calls this; rank 0 alone writes, tracks and speaks.

    Raises:
        DlpipeError: the data, the weights or the machine do not allow it, or the loss diverged (exit 3).
    """
    from dlpipe.train.stage import VERSION

    keep_memory()
    samples = lesson(read_table(inputs.path("split/samples.parquet")), inputs.dataset, config)
    folder = resume_folder(inputs.project, inputs.pipeline, fingerprint(config, inputs, VERSION))
    task = Task(config, inputs, samples, this_machine(config), folder)
    with quiet_lightning():
        if not is_main_rank():
            return _follow(task)
        folder.path.mkdir(parents=True, exist_ok=True)
        with _tracked(task) as run:
            _tell(run, task)
            network, history = _fitted(task, run)
            return _written(task, network, history, run, out)


def _follow(task: Task) -> Summary:
    """A further rank: what goes wrong on all of them is told by rank 0."""
    try:
        _fitted(task, None)
    except DlpipeError as error:
        if error.exit_code == Exit.NO:
            raise SystemExit(Exit.DONE) from error
        raise
    return Summary({})


def _fitted(task: Task, run: Run | None) -> tuple[Network, History]:
    from dlpipe.train.fitting import fit

    try:
        return fit(task, run)
    except torch.OutOfMemoryError as error:
        problem = "the device has no memory left for this network and batch"
        fix = "lower train.batch_size or dataset.modality.size_px, or set train.precision: bf16-mixed"
        raise DlpipeError(problem, fix, Exit.ENVIRONMENT) from error
    except RuntimeError as error:
        if not str(error).startswith("DataLoader"):
            raise
        problem = f"a process that prepares batches died or hangs: {str(error).splitlines()[0]}"
        fix = "lower train.num_workers (0 prepares batches in the training process) or train.batch_size"
        raise DlpipeError(problem, fix, Exit.ENVIRONMENT) from error


def _tracked(task: Task) -> Run:
    """The tracked run of this training, the same one for every start."""
    from dlpipe.tracking import new_key, open_run

    inputs = task.inputs
    key = task.folder.run_key(new_key())
    return open_run(inputs.project, inputs.pipeline, key, note=_note(task))


def _tell(run: Run, task: Task) -> None:
    """Settings and data, told at every start: the same ones, or they would be another training."""
    inputs = task.inputs
    run.params({"train": plain(task.config), "dataset": plain(inputs.dataset)})
    table = inputs.path("split/samples.parquet")
    digest = dvc.output_digest(inputs.project, "split", inputs.pipeline) or files.digest(table)
    run.dataset(inputs.pipeline, digest, table.relative_to(inputs.project.root).as_posix(), "training")


def _note(task: Task) -> str:
    classes = ", ".join(task.lesson.classes)
    counts = f"{len(task.lesson.train):,} training and {len(task.lesson.val):,} validation samples"
    return f"`dlpipe train {task.inputs.pipeline}`: {counts}, classes {classes}."


def _written(task: Task, network: Network, history: History, run: Run, out: Path) -> Summary:
    """Writes the stage's files from the best epoch's weights."""
    config, inputs = task.config, task.inputs
    shutil.copyfile(task.folder.best(history.best_epoch), out / "weights.safetensors")
    (out / "history.csv").write_text(history.as_csv(), encoding="utf-8")
    classes = task.lesson.classes
    described_model = {
        "schema_version": 1,
        "classes": classes,
        "positive": inputs.dataset.task.positive(classes),
        "modality": described(inputs.dataset.modality),
        "task": described(inputs.dataset.task),
        "model": described(config.model),
        "example_shape": list(inputs.dataset.modality.example_shape),
        "num_features": network.num_features,
    }
    files.write_json(out / "model.json", described_model)
    files.write_json(out / "run.json", {"key": run.key, "experiment": inputs.pipeline})
    best = history.best
    run.metrics({"best/epoch": best["epoch"], f"best/{history.monitor}": best[history.monitor]})
    run.artifact(out / "history.csv")
    return _summary(task, history)


def _summary(task: Task, history: History) -> Summary:
    best = history.best
    facts: dict[str, Any] = {
        "num_train": len(task.lesson.train),
        "num_val": len(task.lesson.val),
        "classes": task.lesson.classes,
        "epochs": history.rows[-1]["epoch"],
        "best_epoch": best["epoch"],
        **{name: best[name] for name in best if name.startswith("val/")},
    }
    said = f"best epoch {best['epoch']} of {facts['epochs']}: {history.monitor} {best[history.monitor]:.4f}"
    notes = [said, *([cost(task.lesson, task.config)] if task.lesson.cells else [])]
    return Summary(facts, notes=notes, spent=task.folder.path)
