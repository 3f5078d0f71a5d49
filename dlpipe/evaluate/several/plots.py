"""Tables of an evaluation of several labels: predictions, and what DVC draws, a curve a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from dlpipe.core.table import write_table
from dlpipe.evaluate.plots import calibration_table, members, roc

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.evaluate.evaluation import Evaluated
    from dlpipe.tasks import Task

_DIGITS = 6


def write(measured: Evaluated, task: Task, out: Path) -> None:
    """Writes predictions.parquet and plots/confusion.csv, roc.csv, calibration.csv."""
    folder = out / "plots"
    folder.mkdir()
    write_table(_predictions(measured, task).sort("id"), out / "predictions.parquet")
    tables = {"confusion": _confusion(measured), "roc": _roc(measured), "calibration": _calibration(measured)}
    for name, table in tables.items():
        (folder / f"{name}.csv").write_text(table.write_csv(float_precision=_DIGITS), encoding="utf-8")


def _predictions(measured: Evaluated, task: Task) -> pl.DataFrame:
    said = measured.predictions
    names = pl.Series("predicted", task.decode(said.predicted, measured.classes), pl.String)
    columns = {f"p.{name}": said.probabilities[:, place] for place, name in enumerate(measured.classes)}
    return measured.samples.select("id", "label").with_columns(names).with_columns(**columns, **members(measured))


def _confusion(measured: Evaluated) -> pl.DataFrame:
    """A row for each sample and class: whether it has it, and whether it is said to."""
    tables: list[pl.DataFrame] = []
    for place, name in enumerate(measured.classes):
        columns = {"actual": measured.y_true[:, place] > 0, "predicted": measured.predictions.predicted[:, place]}
        words = {key: [name if is_so else f"no {name}" for is_so in values] for key, values in columns.items()}
        tables.append(pl.DataFrame(words, schema=dict.fromkeys(words, pl.String)))
    return pl.concat(tables)


def _roc(measured: Evaluated) -> pl.DataFrame:
    tables: list[pl.DataFrame] = []
    for place, name in enumerate(measured.classes):
        fpr, tpr = roc(measured.y_true[:, place] > 0, measured.predictions.probabilities[:, place])
        tables.append(pl.DataFrame({"fpr": fpr, "tpr": tpr}).select(pl.lit(name).alias("class"), "fpr", "tpr"))
    return pl.concat(tables)


def _calibration(measured: Evaluated) -> pl.DataFrame:
    tables = [
        calibration_table(measured.y_true[:, place] > 0, measured.predictions.of_class(place)).select(
            pl.lit(name).alias("class"), pl.all()
        )
        for place, name in enumerate(measured.classes)
    ]
    return pl.concat(tables)
