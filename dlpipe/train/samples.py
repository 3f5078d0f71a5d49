"""What is learnt from and what is chosen by: the labelled samples of the splits train and val, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.train.cells import cells_of
from dlpipe.train.class_balance import of_presence

if TYPE_CHECKING:
    from dlpipe.dataset import Dataset
    from dlpipe.train.stage import Config

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Samples:
    """One split: n samples in the table's order."""

    table: pl.DataFrame
    ids: list[str]
    targets: Array
    """Shape (n,): what the task encodes; (n, K) where a sample may have several labels."""
    confidences: Array
    """Shape (n,) float32 in [0, 1]: how sure each label is; 1 where the pipeline ignores doubt."""
    weights: Array
    """Shape (n,) float32: how much each sample counts in the loss."""
    start_weights: Array
    """Shape (n,) float32: how much it counts in the fit of the last layer from which training starts."""
    cells: Array
    """Shape (n,) int64: its group and label as an index of `Lesson.cells`; 0 where nothing asks for groups."""
    class_weights: Array | None = None
    """Shape (2, K) float32, how much it counts that a sample lacks, and has, each class; None: one class a sample, whose
    weight is that of the sample."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Lesson:
    """Both splits and the names of the classes."""

    classes: list[str]
    train: Samples
    val: Samples
    cells: list[str]
    """Names of the groups by label, those of training samples; none where nothing asks for groups."""


def lesson(samples: pl.DataFrame, dataset: Dataset, config: Config) -> Lesson:
    """Takes the samples apart.

    Raises:
        DlpipeError: a split is empty, there is one class only, or a class has no training sample (exit 3); groups are
            asked for and not named, or have too many values (exit 2).
    """
    refuse_unfit(dataset, config)
    labelled = samples.filter(pl.col("label").is_not_null() & pl.col("split").is_not_null()).sort("id")
    classes = dataset.task.classes(labelled["label"])
    parts = {name: labelled.filter(pl.col("split") == name) for name in ("train", "val")}
    for name, part in parts.items():
        if part.is_empty():
            fix = "give it a share in `split.fractions`, or bring more samples (and groups, if the split keeps them whole)"
            raise DlpipeError(f"the split '{name}' holds no labelled sample", fix, Exit.NO)
    shown = {name for label in parts["train"]["label"].to_list() for name in dataset.task.names(label)}
    absent = sorted(set(classes) - shown)
    if absent:
        fix = "bring more samples of it, or choose a splitter that spreads labels (split.splitter: {name: stratified})"
        raise DlpipeError(f"no training sample shows the class '{absent[0]}'", fix, Exit.NO)
    found, cells = cells_of(parts, dataset, config)
    made = {name: _made(part, dataset, classes, config, found[name]) for name, part in parts.items()}
    return Lesson(classes, made["train"], made["val"], cells)


def refuse_unfit(dataset: Dataset, config: Config) -> None:
    """Refuses settings that take it that a sample has one class, where it may have several.

    Raises:
        DlpipeError: exit 2; it names the setting.
    """
    if not dataset.task.several:
        return
    found = {
        "group_balance": config.group_balance != "none",
        "objective": config.objective.by_group,
        "label_doubt": config.label_doubt == "soft_target",
    }
    asked = next((name for name, is_asked in found.items() if is_asked), None)
    if asked is not None:
        problem = (
            f"train.{asked} goes by the one class of a sample; of the task {dataset.task.name} it may have several"
        )
        raise DlpipeError(problem, f"take `{asked}` out of `train`; `class_weights: balanced` evens out rare classes")


def _made(part: pl.DataFrame, dataset: Dataset, classes: Sequence[str], config: Config, cells: Array) -> Samples:
    targets = dataset.task.encode(part["label"], classes)
    confidences = np.ones(part.height, dtype=np.float32)
    if config.label_doubt != "ignore":
        confidences = part["label_confidence"].fill_null(1.0).to_numpy().astype(np.float32)
    weights = confidences.copy() if config.label_doubt == "weight" else np.ones(part.height, dtype=np.float32)
    by_class = of_presence(targets, even=config.class_weights == "balanced") if dataset.task.several else None
    if config.class_weights == "balanced" and by_class is None:
        weights *= balanced(targets, len(classes))
    even = weights * balanced(cells, int(cells.max()) + 1)
    weights = even if config.group_balance == "weights" else weights
    evens_out = config.group_balance == "sampling" or config.objective.by_group
    start = even if evens_out else weights
    return Samples(part, part["id"].to_list(), targets, confidences, weights, start, cells, by_class)


def balanced(targets: Array, num_classes: int) -> Array:
    """Weights that give every class the same sum, and 1 on average. (n,) → (n,) float32.

    King and Zeng, Logistic regression in rare events data, Political Analysis 9 (2001).
    """
    counts = np.bincount(targets, minlength=num_classes)
    present = np.count_nonzero(counts)
    return (len(targets) / (present * np.maximum(counts, 1)))[targets].astype(np.float32)
