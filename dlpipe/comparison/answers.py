"""What a model said of its test samples, as `evaluate` keeps it, and what two models said of the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.comparison.paired import Pair
from dlpipe.core.plugin import restored
from dlpipe.core.table import read_table
from dlpipe.metrics import Predictions
from dlpipe.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_GROUP = "group."
_CLUSTER = "cluster"


class IncomparableError(Exception):
    """Two models cannot be compared, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Answers:
    """What a model said of n samples."""

    table: pl.DataFrame
    """Columns `id`, `label`, `predicted`, `p.<class>`; where `evaluate` made it also `group.<attribute>`, `cluster`."""
    classes: list[str]
    positive: str | None
    """The positive class of two."""
    task: Task | None = None
    """What labels and answers are, where a sample may have several classes."""


def read_answers(evaluation: Mapping[str, Any], predictions: Path) -> Answers:
    """The answers of `predictions.parquet`, which `evaluation` measures.

    Raises:
        DlpipeError: the table is missing or damaged.
    """
    classes, positive = list(evaluation["classes"]), evaluation["positive"]
    task = restored(Task, evaluation["task"]) if "task" in evaluation else None
    return Answers(read_table(predictions), classes, None if positive is None else classes[positive], task)


def answers_of(
    ids: pl.Series, labels: pl.Series, classes: list[str], given: Predictions, task: Task | None = None
) -> Answers:
    """Answers that were computed just now, rounded as tables are; `task` where a sample may have several classes."""
    columns = {f"p.{name}": given.probabilities[:, place].round(6) for place, name in enumerate(classes)}
    named = [classes[place] for place in given.predicted] if task is None else task.decode(given.predicted, classes)
    predicted = pl.Series("predicted", named, pl.String)
    table = pl.DataFrame({"id": ids, "label": labels}).with_columns(predicted, **columns)
    return Answers(table, classes, None if given.positive is None else classes[given.positive], task)


def pair_of(new: Answers, old: Answers, *, without: pl.Series | None = None) -> Pair:
    """What both say of the samples that both were asked about, in the order of their ids.

    Samples whose label has changed meanwhile are left out, and so are the ids of `without`. Groups and clusters are
    those of `new`.

    Raises:
        IncomparableError: they know other classes, or no sample is left.
    """
    if (new.task is None) != (old.task is None):
        raise IncomparableError("one gives every sample one class, the other any number of them")
    if set(new.classes) != set(old.classes) or new.positive != old.positive:
        raise IncomparableError(f"they tell other classes apart: {_classes(new)}; {_classes(old)}")
    theirs = {f"old.{place}": f"p.{name}" for place, name in enumerate(new.classes)}
    columns = {"old.predicted": "predicted", **theirs}
    other = old.table.select("id", "label", **{name: pl.col(of) for name, of in columns.items()})
    both = new.table.join(other, on=["id", "label"], how="inner").sort("id")
    if without is not None:
        both = both.filter(~pl.col("id").is_in(without.implode()))
    if both.is_empty():
        raise IncomparableError("no test sample is left that both may be asked about")
    ours = [f"p.{name}" for name in new.classes]
    first, second = _predictions(both, new, "predicted", ours), _predictions(both, new, "old.predicted", list(theirs))
    held = [name for name in new.table.columns if name.startswith(_GROUP)]
    groups = {name.removeprefix(_GROUP): both[name].to_numpy().astype(str) for name in held}
    clusters = both[_CLUSTER].to_numpy().astype(str) if _CLUSTER in new.table.columns else None
    return Pair(_targets(both["label"], new), first, second, groups, clusters)


def _classes(answers: Answers) -> str:
    positive = "" if answers.positive is None else f" (positive: {answers.positive})"
    return f"{', '.join(answers.classes)}{positive}"


def _targets(labels: pl.Series, asked: Answers) -> NDArray[Any]:
    return _places(labels, asked.classes) if asked.task is None else asked.task.encode(labels, asked.classes)


def _places(names: pl.Series, classes: list[str]) -> NDArray[Any]:
    places = {name: place for place, name in enumerate(classes)}
    unknown = sorted(set(names) - set(places))
    if unknown:
        raise IncomparableError(f"the table of answers holds classes that the model does not know: {unknown[0]}")
    return np.array([places[name] for name in names], dtype=np.int64)


def _predictions(table: pl.DataFrame, asked: Answers, predicted: str, columns: list[str]) -> Predictions:
    place = None if asked.positive is None else asked.classes.index(asked.positive)
    said = _targets(table[predicted], asked)
    return Predictions(table.select(columns).to_numpy(), said if asked.task is None else said > 0, place)
