"""Measures the exported model on the test split: intervals, groups, fairness gaps, baselines on the same samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from dlpipe.core import files, plugin
from dlpipe.core.config import Section
from dlpipe.core.plugin import Shown, many
from dlpipe.core.say import say
from dlpipe.core.stage import Summary
from dlpipe.evaluate.corruptions import Corruption
from dlpipe.evaluate.efficiency import Efficiency
from dlpipe.metrics import Metric
from dlpipe.metrics.fairness import FairnessMetric

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.stage import Inputs

VERSION = 9

_FEW_CLUSTERS = 20
"""Below it a bootstrap of clusters gives intervals that are too narrow (Cameron, Gelbach and Miller, REStat 2008)."""


def _all_metrics() -> dict[str, Metric]:
    """Of one class a sample; those of several are chosen where the task is known."""
    return {name: plugin.make(Metric, name, {}) for name in plugin.names(Metric) if plugin.find(Metric, name).of_one}


def _all_fairness() -> dict[str, FairnessMetric]:
    return {name: plugin.make(FairnessMetric, name, {}) for name in plugin.names(FairnessMetric)}


def _usual_corruptions() -> dict[str, Corruption]:
    names = plugin.names(Corruption)
    return {name: plugin.make(Corruption, name, {}) for name in names if plugin.find(Corruption, name).by_default}


class Config(Section):
    """The `evaluate` section of a pipeline file."""

    metrics: Annotated[dict[str, Shown[Metric]], many(Metric)] = Field(
        default_factory=_all_metrics,
        description="What is measured, overall and by group; all metrics that suit the task if not said.",
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
    slices: bool = Field(
        default=True,
        description="Whether weak segments are looked for: by attributes, brightness, contrast, sharpness, kinds of look.",
    )
    least_slice: int = Field(
        default=30, ge=5, description="Samples that a weak segment must have in each half of the test split."
    )
    baselines: bool = Field(
        default=True, description="Whether majority, nearest neighbours and logistic regression are measured beside it."
    )
    robustness: Annotated[dict[str, Shown[Corruption]], many(Corruption)] = Field(
        default_factory=_usual_corruptions,
        description="Ways in which test samples get worse; the quick ones if not said.",
    )
    robustness_samples: int = Field(
        default=100, ge=1, le=1_000_000, description="Test samples that are corrupted, each in every way and strength."
    )
    out_of_distribution: bool = Field(
        default=True,
        description="Whether foreign samples are told from the test's, and copies of train samples sought.",
    )
    foreign: dict[str, str] = Field(
        default={},
        description="Folders of foreign files by name, read only; made-up samples if none is named. "
        "What is in them is looked at whenever `evaluate` runs: DVC does not watch them.",
    )
    efficiency: Efficiency = Field(
        default=Efficiency(), description="How the exported model is timed; what it costs stands in efficiency.json."
    )


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes metrics.json, evaluation.json, predictions.parquet, report.html, plots, pictures; tells the training's run.

    What the model costs on this machine goes into efficiency.json, the one file that differs from run to run.
    """
    from dlpipe.evaluate import efficiency, evaluation, page, pictures, plots, telling
    from dlpipe.evaluate.several import evaluation as evaluation_of_sets
    from dlpipe.evaluate.several import page as page_of_sets
    from dlpipe.evaluate.several import plots as plots_of_sets
    from dlpipe.predictor import Predictor

    task = inputs.dataset.task
    predictor = Predictor(inputs.path("export/model.onnx").parent)
    evaluate = evaluation_of_sets.evaluate if task.several else evaluation.evaluate
    measured = evaluate(config, inputs, predictor)
    found = measured.evaluation
    files.write_json(out / "metrics.json", {name: entry["value"] for name, entry in found["metrics"].items()})
    files.write_json(out / "evaluation.json", found)
    files.write_json(out / "efficiency.json", efficiency.measure(config.efficiency, predictor))
    if task.several:
        plots_of_sets.write(measured, task, out)
        page_of_sets.write(measured, inputs, out)
    else:
        plots.write(measured, out)
        pictures.write(measured, out)
        page.write(measured, inputs, out)
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
        "weak_segments": [one["sentence"] for part in found.get("weak_segments", []) for one in part["found"]],
    }


def _warn(found: dict[str, Any]) -> None:
    if seen := found["seen_in_training"]:
        say.warn(f"{seen:,} test samples have the same bytes as a train or val sample: the numbers flatter the model")
    for part in found.get("weak_segments", []):
        for one in part["found"]:
            say.warn(one["sentence"])
    clusters = found["intervals"].get("num_clusters")
    if clusters is not None and clusters < _FEW_CLUSTERS:
        say.warn(f"intervals are drawn from {clusters} clusters only: take them as rough")
    for attribute, groups in found["groups"].items():
        small = [value for value, group in groups.items() if group["small"]]
        if small:
            say.warn(f"{attribute}: few test samples in {', '.join(small)}; read their numbers with care")
