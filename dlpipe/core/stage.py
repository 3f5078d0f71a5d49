"""The table of stages: what each reads, and where its code is. How one runs is in `execution.py`.

A stage is a module `dlpipe/<stage>/stage.py` with

    VERSION: int                      a number that rises when the stage computes something else
    class Config(Section)             its section of the pipeline file
    def run(config, inputs, out)      reads `inputs`, writes the empty folder `out`, returns a `Summary`
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from dlpipe.core.errors import DlpipeError
from dlpipe.core.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from dlpipe.core.config import Document

SUMMARY = "summary.json"


@dataclass(frozen=True)
class Stage:
    """What a stage depends on; it writes exactly one folder, named like itself.

    `reads` are files of earlier stages, `raw`, `annotations/…` or the champion file: the dependencies in `dvc.yaml`.
    `mentions` are files that never change what is written: the MLflow run to which numbers are also sent.
    """

    name: str
    about: str
    reads: tuple[str, ...]
    mentions: tuple[str, ...] = ()


CHAMPION = "champion"
RAW = "raw"

_TABLE = (
    Stage("ingest", "List the samples of raw/ and what the source says of their labels.", (RAW,)),
    Stage("embed", "Compute one vector a sample with a pretrained backbone.", ("ingest/samples.parquet",)),
    Stage(
        "clean",
        "Look for bad samples and set them aside, with reasons.",
        ("ingest/samples.parquet", "ingest/votes.parquet", "embed/vectors.parquet", "annotations/verdicts.jsonl"),
    ),
    Stage(
        "label",
        "Turn votes and people's labels into one label a sample.",
        ("clean/samples.parquet", "ingest/votes.parquet", "annotations/labels.jsonl"),
    ),
    Stage(
        "split",
        "Assign samples to train, val and test so that nothing leaks.",
        ("label/samples.parquet", "clean/duplicates.parquet"),
    ),
    Stage("train", "Train a network on one or many devices.", ("split/samples.parquet",)),
    Stage(
        "export",
        "Write the trained network as ONNX with all that serving needs.",
        ("train/weights.safetensors", "train/model.json", "split/samples.parquet"),
    ),
    Stage(
        "evaluate",
        "Measure the exported model, with intervals, groups and baselines.",
        ("export/model.onnx", "export/model.json", "split/samples.parquet", "embed/vectors.parquet"),
        mentions=("train/run.json",),
    ),
    Stage(
        "explain",
        "Show where the model looks, where it fails, and whether it takes a shortcut.",
        (
            "export/model.onnx",
            "export/model.json",
            "train/weights.safetensors",
            "train/model.json",
            "split/samples.parquet",
            "evaluate/predictions.parquet",
        ),
    ),
    Stage(
        "gate",
        "Hold the evaluation against the pipeline's limits and the champion.",
        (
            "evaluate/evaluation.json",
            "evaluate/efficiency.json",
            "evaluate/predictions.parquet",
            "explain/explanations.json",
            "export/model.json",
            "split/samples.parquet",
            CHAMPION,
        ),
        mentions=("train/run.json",),
    ),
    Stage(
        "register",
        "Register the model in MLflow with all that leads back to its data.",
        (
            "gate/gate.json",
            "export/model.onnx",
            "export/model.json",
            "evaluate/evaluation.json",
            "split/samples.parquet",
            "ingest/card.json",
            "train/run.json",
        ),
    ),
)

STAGES: Mapping[str, Stage] = {stage.name: stage for stage in _TABLE}
"""All stages in the order in which data flows."""


@dataclass(frozen=True)
class Inputs:
    """What a stage may read, and nothing else."""

    stage: Stage
    pipeline: str
    project: Project
    dataset: Any
    """The pipeline's `dataset` section (`dlpipe.dataset.Dataset`), which all stages share."""
    raw: Path
    """Where the media lie; they never move. Readers compare digests with the samples table."""

    def path(self, name: str) -> Path:
        """The file `name` of the stage's table entry, as `clean/samples.parquet`.

        Raises:
            KeyError: the table of stages does not say that this stage reads it; a bug.
        """
        if name not in (*self.stage.reads, *self.stage.mentions):
            raise KeyError(f"stage {self.stage.name} does not say that it reads {name}")
        if name == CHAMPION:
            return self.project.champion_file(self.pipeline)
        if name == RAW:
            return self.raw
        given = name.startswith("annotations/")
        return (self.project.data if given else self.project.outputs)(self.pipeline) / name

    @property
    def cache(self) -> Path:
        """A folder of this machine for what can be made again, apart for each stage."""
        return self.project.local / "cache" / self.stage.name


@dataclass(frozen=True)
class Summary:
    """What a stage tells: facts for `--json` and the terminal, and whether the answer is yes."""

    facts: dict[str, Any]
    refusal: DlpipeError | None = None
    """Raised once the outputs are in place: the stage did its work and its answer is no."""
    notes: list[str] = field(default_factory=list[str])
    spent: Path | None = None
    """Removed once the outputs are in place: what a killed stage would have gone on from."""


class StageModule(Protocol):
    """What `dlpipe/<stage>/stage.py` holds."""

    VERSION: int
    Config: type[BaseModel]

    def run(self, config: Any, inputs: Inputs, out: Path) -> Summary:
        """Reads `inputs`, writes the empty folder `out`."""
        ...


def module(name: str) -> StageModule:
    """The code of a stage; light to import, heavy libraries are imported where they are used."""
    return cast("StageModule", importlib.import_module(f"dlpipe.{name}.stage"))


def settings(section: str) -> type[BaseModel]:
    """The settings class of one section of a pipeline file."""
    return importlib.import_module("dlpipe.dataset").Dataset if section == "dataset" else module(section).Config


SECTIONS = ("dataset", *STAGES)
"""Every section of a pipeline file."""


def raw_folder(project: Project, pipeline: str, document: Document) -> Path:
    """Where a pipeline's media lie: `data/<pipeline>/raw`, or wherever `ingest.source.root` points."""
    ingest = document.plain("ingest") if "ingest" in document.tree else None
    source = ingest.get("source") if isinstance(ingest, dict) else None
    root = source.get("root") if isinstance(source, dict) else None
    return project.root / Path(root).expanduser() if isinstance(root, str) else project.data(pipeline) / RAW
