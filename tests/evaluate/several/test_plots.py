"""What DVC draws of several labels: a curve a class, and yes or no of each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tests.evaluate.several.planted import CLASSES

if TYPE_CHECKING:
    from pathlib import Path


def test_there_is_a_curve_for_each_class(of_sets: Path) -> None:
    for name in ("roc", "calibration"):
        table = pl.read_csv(of_sets / "plots" / f"{name}.csv")
        assert table["class"].unique(maintain_order=True).to_list() == list(CLASSES)
    assert pl.read_csv(of_sets / "plots/roc.csv").columns == ["class", "fpr", "tpr"]


def test_the_confusion_counts_each_class_by_itself(of_sets: Path, evaluation_of_sets: dict[str, Any]) -> None:
    table = pl.read_csv(of_sets / "plots/confusion.csv")
    assert table.height == len(CLASSES) * evaluation_of_sets["num_samples"]
    for name, one in evaluation_of_sets["per_class"].items():
        found = table.filter((pl.col("actual") == name) & (pl.col("predicted") == name)).height
        missed = table.filter((pl.col("actual") == name) & (pl.col("predicted") == f"no {name}")).height
        assert (found, missed) == (one["answers"]["found"], one["answers"]["missed"])


def test_predictions_hold_sets_probabilities_and_groups(of_sets: Path) -> None:
    table = pl.read_parquet(of_sets / "predictions.parquet")
    assert table.columns == ["id", "label", "predicted", *(f"p.{name}" for name in CLASSES), "group.site"]
    assert "" in table["label"].to_list()
