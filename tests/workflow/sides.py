"""Sides of a comparison made by hand, and runs of MLflow that hold one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.comparison.answers import Answers, answers_of
from dlpipe.core import files
from dlpipe.core.plugin import described
from dlpipe.metrics.accuracy import Accuracy
from dlpipe.metrics.auroc import Auroc
from dlpipe.workflow.side import Side
from tests.comparison.drawn import drawn

if TYPE_CHECKING:
    from pathlib import Path

CLASSES = ["good", "bad"]
GAPS = ("equalized_odds", "demographic_parity")


def evaluation(**changes: Any) -> dict[str, Any]:
    metrics = {name: {"value": 0.8, "low": 0.7, "high": 0.9} for name in ("accuracy", "auroc")}
    return {
        "num_samples": 200,
        "model_digest": "a" * 64,
        "classes": CLASSES,
        "positive": 1,
        "metrics": metrics,
        "higher_is_better": {"accuracy": True, "auroc": True},
        "metric_settings": {"accuracy": described(Accuracy()), "auroc": described(Auroc())},
        "intervals": {"confidence": 0.95, "drawn_by": "sample"},
        "fairness": {"site": {name: {"value": 0.1, "low": 0.05, "high": 0.2} for name in GAPS}},
        **changes,
    }


def answers(shift: float, prefix: str = "") -> Answers:
    """Of 200 samples; a larger `shift` is right more often."""
    pair = drawn(np.random.default_rng(0), 200, new=shift)
    ids = pl.Series([f"{prefix}{number:03}" for number in range(200)])
    labels = pl.Series([CLASSES[place] for place in pair.y_true])
    made = answers_of(ids, labels, CLASSES, pair.new)
    groups = pl.Series("group.site", pair.groups["site"])
    return Answers(made.table.with_columns(groups), CLASSES, "bad")


def side(name: str, shift: float, prefix: str = "", settings: dict[str, str] | None = None, **changes: Any) -> Side:
    return Side(name, f"made as {name}", evaluation(**changes), answers(shift, prefix), settings or {})


def write_evaluated(folder: Path, shift: float, **changes: Any) -> tuple[Path, Path]:
    """`evaluation.json` and `predictions.parquet`, as `evaluate` keeps them."""
    folder.mkdir(parents=True, exist_ok=True)
    files.write_json(folder / "evaluation.json", evaluation(**changes))
    answers(shift).table.write_parquet(folder / "predictions.parquet")
    return folder / "evaluation.json", folder / "predictions.parquet"
