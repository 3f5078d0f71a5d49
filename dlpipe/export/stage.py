"""The trained network as a folder that can be served: ONNX, preprocessing, class names, temperature, operating point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator

from dlpipe.core import files
from dlpipe.core.config import Section
from dlpipe.core.errors import DlpipeError
from dlpipe.core.plugin import Shown, one, restored
from dlpipe.core.stage import Inputs, Summary
from dlpipe.core.table import read_table
from dlpipe.export.calibration import MANY, Scaling
from dlpipe.export.formats import Format
from dlpipe.export.formats.onnx import Onnx
from dlpipe.export.group_thresholds import GroupThresholds
from dlpipe.operating_point import Aim, Costs

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from dlpipe.export.parity import Parity
    from dlpipe.export.validation import Validation

VERSION = 2


class Config(Section):
    """The `export` section of a pipeline file."""

    format: Annotated[Shown[Format], one(Format)] = Field(default_factory=Onnx, description="File format.")
    aim: Aim = Field(
        default="balanced_accuracy",
        description="What the operating point of two classes is chosen for, on val; of several labels that of each class, "
        "for f1 if not said.",
    )
    at_least: float | None = Field(default=None, gt=0, le=1, description="The recall to reach; for `aim: recall`.")
    costs: Costs | None = Field(default=None, description="What an error costs, for `aim: cost`: missed, false_alarm.")
    group_thresholds: GroupThresholds | None = Field(
        default=None,
        description="Operating points by group, fitted on val: by, constraint, objective. `predict` and `serve` then need "
        "the group of every sample.",
    )
    calibration: Scaling = Field(
        default="temperature", description="What makes probabilities mean what they say, fitted on val."
    )
    conformal: float | None = Field(
        default=None, gt=0, lt=1, description="Share of samples whose right label is to be among the possible ones."
    )
    tolerance: float = Field(
        default=1e-4, gt=0, lt=1, description="Largest difference from torch, as a share of the largest logit."
    )

    @model_validator(mode="after")
    def _goes_with_recall(self) -> Config:
        if (self.at_least is not None) != (self.aim == "recall"):
            raise ValueError("`at_least` belongs to `aim: recall`, which needs it")
        if (self.costs is not None) != (self.aim == "cost"):
            raise ValueError("`costs` belongs to `aim: cost`, which needs it")
        wanted = self.group_thresholds
        if wanted is not None and wanted.constraint != "none" and self.aim != "balanced_accuracy":
            raise ValueError("under a constraint `group_thresholds.objective` says what is best: take `aim` out")
        return self


def run(config: Config, inputs: Inputs, out: Path) -> Summary:
    """Writes `model.onnx` and `model.json`.

    Raises:
        DlpipeError: the weights do not fit, val has no labels to fit on, the file differs from torch, or thresholds by
            group cannot be fitted.
    """
    import numpy as np

    from dlpipe.export import parity, several, validation
    from dlpipe.graph.run import Graph
    from dlpipe.modalities import Modality
    from dlpipe.network import read_network
    from dlpipe.predictor import DESCRIPTION, MODEL
    from dlpipe.tasks import Task

    trained: dict[str, Any] = files.read_json(inputs.path("train/model.json"))
    modality, task = restored(Modality, trained["modality"]), restored(Task, trained["task"])
    several.refuse_unfit(config, task)
    val = validation.labelled_val(read_table(inputs.path("split/samples.parquet")), trained["classes"], task)
    network = read_network(trained, inputs.path("train/weights.safetensors"))
    config.format.write(network, np.zeros((2, *trained["example_shape"]), dtype=np.uint8), out)
    graph = Graph((out / MODEL).read_bytes(), out / MODEL)
    compared = parity.compare(network, graph, validation.some(val, modality, inputs.raw))
    parity.refuse_difference(compared, config.tolerance)
    found = validation.run_over(val, modality, inputs.raw, graph, trained["classes"], task)
    fitted, costs = _fitted(found, val, trained["positive"], config, several=task.several)
    checked = _checked(compared, config.tolerance)
    description = {**trained, **fitted, "format": config.format.name, "checked": checked}
    files.write_json(out / DESCRIPTION, description)
    summary = _summary(out / MODEL, found, description)
    return Summary(summary.facts, notes=[*summary.notes, *costs])


def _fitted(
    found: Validation, val: pl.DataFrame, positive: int | None, config: Config, *, several: bool
) -> tuple[dict[str, Any], list[str]]:
    """What `model.json` says of what was fitted on val, and what a person should know of it."""
    from dlpipe.export import several as sets
    from dlpipe.export import validation

    if several:
        return sets.fitted(found, config)
    fit = validation.fitted(found, positive, config)
    ruled, costs = _by_group(found, val, positive, fit, config)
    return {**fit, **ruled}, costs


def _by_group(
    found: Validation, val: pl.DataFrame, positive: int | None, fit: dict[str, Any], config: Config
) -> tuple[dict[str, Any], list[str]]:
    """What `model.json` says of rules by group instead of one threshold, and what they cost; nothing where none are asked for."""
    from dlpipe.decision import KEY
    from dlpipe.export import group_thresholds
    from dlpipe.predictor import GROUPED_VERSION

    wanted = config.group_thresholds
    if wanted is None:
        return {}, []
    if positive is None:
        problem = "export.group_thresholds needs two classes: of more there is no threshold"
        raise DlpipeError(problem, "take it out of the pipeline file")
    groups = group_thresholds.groups_of(val[list(found.positions)], wanted.by)
    probabilities, is_positive = found.probabilities(fit)[:, positive], found.targets == positive
    rules = group_thresholds.fit(probabilities, is_positive, groups, config)
    costs = group_thresholds.cost(rules, fit["threshold"], probabilities, is_positive, groups)
    ruled = {"schema_version": GROUPED_VERSION, "threshold": None, KEY: group_thresholds.plain(rules, wanted)}
    return ruled, costs


def _checked(compared: Parity, tolerance: float) -> dict[str, Any]:
    return {
        "max_difference": compared.max_difference,
        "tolerance": tolerance,
        "top1_agreement": compared.top1_agreement,
        "num_samples": compared.num_samples,
        "batch_sizes": [1, 2, 5],
    }


def _summary(model: Path, found: Validation, description: dict[str, Any]) -> Summary:
    facts = {
        "num_val": len(found.targets),
        "temperature": description["temperature"],
        "threshold": description["threshold"],
        **({"thresholds": description["thresholds"]} if "thresholds" in description else {}),
        "size_bytes": files.size_bytes(model),
        "max_difference": description["checked"]["max_difference"],
        "top1_agreement": description["checked"]["top1_agreement"],
    }
    notes = [f"{found.num_unreadable} samples of val cannot be read and are left out"] if found.num_unreadable else []
    if description["isotonic"] is not None and len(found.targets) < MANY:
        notes.append(
            f"isotonic curves from {len(found.targets):,} samples of val take chance for a rule: {MANY:,} are safe"
        )
    if (description["conformal"] or {}).get("least_probability") == 0:
        notes.append("val is too small for that coverage: every class stays possible for every sample")
    return Summary(facts, notes=notes)
