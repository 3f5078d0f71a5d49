"""Sends an evaluation's numbers and pictures to the MLflow run of the training it measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dlpipe.core import files
from dlpipe.core.say import say
from dlpipe.measurements import measurements

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.stage import Inputs

_FOLDER = "evaluate"
_PREFIX = "test"
_DEEPER = (
    *("per_class", "fairness_ratio", "bias_amplification", "selective", "conformal"),
    *("robustness", "out_of_distribution", "near_duplicates"),
)
"""Parts of an evaluation besides the main ones; slices stay in evaluation.json and on the page."""


def tell(inputs: Inputs, evaluation: dict[str, Any], out: Path) -> None:
    """Adds to the training's run: `test/auroc`, `test/auroc_low`, `test/group/cell_type/mono/recall`, and the pictures.

    A project that has the model but not the training's `run.json` has no run to add to.
    """
    mention = inputs.path("train/run.json")
    if not mention.is_file():
        say.warn(f"{mention} is missing: no MLflow run gets these numbers")
        return
    from dlpipe.tracking import attach_run

    with attach_run(inputs.project, inputs.pipeline, files.read_json(mention)["key"]) as run:
        run.metrics(dict(numbers(evaluation)))
        run.metrics(dict(_deeper({"efficiency": files.read_json(out / "efficiency.json")["efficiency"]})))
        shown = ("evaluation.json", "efficiency.json", "predictions.parquet", "report.html")
        for path in (*(out / name for name in shown), *sorted(out.glob("*.png"))):
            run.artifact(path, folder=_FOLDER)


def numbers(evaluation: dict[str, Any]) -> Iterator[tuple[str, float | None]]:
    """All numbers of an evaluation by the names they have in MLflow."""
    yield f"{_PREFIX}/num_samples", evaluation["num_samples"]
    for name, entry in evaluation["metrics"].items():
        yield from _with_ends(f"{_PREFIX}/{name}", entry)
    for baseline, metrics in evaluation["baselines"].items():
        for name, entry in metrics.items():
            yield f"{_PREFIX}/baseline/{baseline}/{name}", entry["value"]
            difference = evaluation["paired"][baseline][name]
            yield from _with_ends(f"{_PREFIX}/less/{baseline}/{name}", difference, "difference")
    for attribute, groups in evaluation["groups"].items():
        for value, group in groups.items():
            yield from _of_group(f"{_PREFIX}/group/{attribute}/{value}", group)
    for attribute, gaps in evaluation["fairness"].items():
        for name, entry in gaps.items():
            yield from _with_ends(f"{_PREFIX}/fairness/{attribute}/{name}", entry)
    yield from _deeper({name: evaluation[name] for name in _DEEPER if name in evaluation})


def _deeper(parts: Mapping[str, Any]) -> Iterator[tuple[str, float | None]]:
    """Numbers of parts that go by their path in the evaluation; without ends, of which there would be hundreds."""
    for path, entry in measurements(parts):
        yield "/".join((_PREFIX, *path)), entry["value"]


def _of_group(start: str, group: dict[str, Any]) -> Iterator[tuple[str, float | None]]:
    yield f"{start}/n", group["n"]
    for name, entry in group.items():
        if isinstance(entry, dict):
            yield f"{start}/{name}", entry["value"]


def _with_ends(start: str, entry: dict[str, Any], value: str = "value") -> Iterator[tuple[str, float | None]]:
    yield start, entry[value]
    yield f"{start}_low", entry["low"]
    yield f"{start}_high", entry["high"]
