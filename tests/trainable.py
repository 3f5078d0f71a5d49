"""A project whose samples are split already, and the settings of a training of seconds."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.core import files
from dlpipe.core.stage import STAGES, Inputs
from dlpipe.core.table import write_table
from dlpipe.dataset import Dataset
from dlpipe.train.stage import Config

if TYPE_CHECKING:
    from dlpipe.core.project import Project

SETTINGS: dict[str, Any] = {
    "model": {"name": "small_cnn", "width": 4, "depth": 2},
    "weights": {"name": "random"},
    "epochs": 3,
    "batch_size": 8,
}


def write_split(project: Project, pipeline: str = "demo", *, held_out: int = 3) -> None:
    """Publishes the table of the stage `split`: every `held_out`-th picture of each class is for validation."""
    raw = project.data(pipeline) / "raw"
    rows = [
        {
            "id": path.relative_to(raw).as_posix(),
            "path": path.relative_to(raw).as_posix(),
            "digest": hashlib.sha256(path.read_bytes()).hexdigest(),
            "label": path.parent.name,
            "label_confidence": 1.0,
            "split": "val" if int(path.stem) // 2 % held_out == 0 else "train",
        }
        for path in sorted(raw.rglob("*.png"))
    ]
    with files.replacing(project.outputs(pipeline) / "split") as draft:
        write_table(pl.DataFrame(rows).sort("id"), draft / "samples.parquet")


def inputs_of(project: Project, pipeline: str = "demo", size_px: int = 32) -> Inputs:
    """What the stage `train` may read of it."""
    dataset = Dataset.model_validate(
        {"modality": {"name": "image", "size_px": size_px}, "task": {"name": "classification"}, "seed": 3}
    )
    return Inputs(STAGES["train"], pipeline, project, dataset, project.data(pipeline) / "raw")


def config_of(**changes: Any) -> Config:
    """Settings of a training of seconds, but for `changes`."""
    return Config.model_validate({**SETTINGS, **changes})
