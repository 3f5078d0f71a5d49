"""Measures the exported model on the test split: intervals, groups, fairness gaps, baselines on the same samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from dlpipe.core import files, plugin
from dlpipe.core.config import Section
from dlpipe.core.plugin import Shown, many
from dlpipe.core.say import say
from dlpipe.core.stage import Summary
from dlpipe.metrics import Metric
from dlpipe.metrics.fairness import FairnessMetric

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.stage import Inputs

VERSION = 1

_FEW_CLUSTERS = 20
"""Below it a bootstrap of clusters gives intervals that are too narrow (Cameron, Gelbach and Miller, REStat 2008)."""


def _all_metrics() -> dict[str, Metric]:
    return {name: plugin.make(Metric, name, {}) for name in plugin.names(Metric)}


def _all_fairness() -> dict[str, FairnessMetric]:
    return {name: plugin.make(FairnessMetric, name, {}) for name in plugin.names(FairnessMetric)}


class Config(Section):
    """The `evaluate` section of a pipeline file."""

    metrics: Annotated[dict[str, Shown[Metric]], many(Metric)] = Field(
        default_factory=_all_metrics, description="What is measured, overall and by group; all metrics if not said."
    )
    fairness: Annotated[dict[str, Shown[FairnessMetric]], many(FairnessMetric)] = Field(
        default_factory=_all_fairness, description="Gaps between the groups of `dataset.groups`; all if not said."
    )
    num_resamples: int = Field(default=1000, ge=100, le=100_000, description="Bootstrap resamples an interval is from.")
    confidence: float = Field(default=0.95, ge=0.5, lt=1, description="Share of resamples inside an interval.")
    cluster_by: str | None = Field(
        default=None,
        description="Attribute whose samples are drawn together: they are alike, as cells of one module. "
        "Not said: samples are drawn one by one within each label.",
    )
    baselines: bool = Field(
        default=True, description="Whether majority, nearest neighbours and logistic regression are measured beside it."
    )


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes metrics.json, evaluation.json, predictions.parquet, plots and pictures, and tells the training's run."""
    from dlpipe.evaluate import evaluation, pictures, plots, telling

    measured = evaluation.evaluate(config, inputs)
    found = measured.evaluation
    files.write_json(out / "metrics.json", {name: entry["value"] for name, entry in found["metrics"].items()})
    files.write_json(out / "evaluation.json", found)
    plots.write(measured, out)
    pictures.write(measured, out)
    telling.tell(inputs, found, out)
    _warn(found)
    return Summary(_facts(found))


def _facts(found: dict[str, Any]) -> dict[str, Any]:
    """What the terminal and `--json` show."""
    paired = found["paired"].get("logistic_regression", {})
    return {
        "test_samples": found["num_samples"],
        "metrics": found["metrics"],
        "against_logistic_regression": paired,
        "fairness": found["fairness"],
    }


def _warn(found: dict[str, Any]) -> None:
    if seen := found["seen_in_training"]:
        say.warn(f"{seen:,} test samples have the same bytes as a train or val sample: the numbers flatter the model")
    clusters = found["intervals"].get("num_clusters")
    if clusters is not None and clusters < _FEW_CLUSTERS:
        say.warn(f"intervals are drawn from {clusters} clusters only: take them as rough")
    for attribute, groups in found["groups"].items():
        small = [value for value, group in groups.items() if group["small"]]
        if small:
            say.warn(f"{attribute}: few test samples in {', '.join(small)}; read their numbers with care")
