"""A small project whose samples are split already, and the settings of a training of seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from dlpipe.core.stage import STAGES, Inputs
from dlpipe.core.table import write_table
from dlpipe.dataset import Dataset
from dlpipe.train.stage import Config

if TYPE_CHECKING:
    from dlpipe.core.project import Project

SMALL = {"name": "small_cnn", "width": 4, "depth": 2}
SETTINGS: dict[str, Any] = {"model": SMALL, "weights": {"name": "random"}, "epochs": 3, "batch_size": 8}


def write_split(project: Project, pipeline: str = "demo", *, held_out: int = 3) -> None:
    """Writes the table of the stage `split` by hand: every `held_out`-th picture of each class is for validation."""
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
    folder = project.outputs(pipeline) / "split"
    folder.mkdir(parents=True, exist_ok=True)
    write_table(pl.DataFrame(rows).sort("id"), folder / "samples.parquet")


def inputs_of(project: Project, pipeline: str = "demo", size_px: int = 32) -> Inputs:
    dataset = Dataset.model_validate(
        {"modality": {"name": "image", "size_px": size_px}, "task": {"name": "classification"}, "seed": 3}
    )
    return Inputs(STAGES["train"], pipeline, project, dataset, project.data(pipeline) / "raw")


def config_of(**changes: Any) -> Config:
    return Config.model_validate({**SETTINGS, **changes})


@pytest.fixture
def inputs(project_factory: Callable[..., Project]) -> Inputs:
    """Inputs of the stage `train` of a project with 36 pictures of two classes, 24 of them for training."""
    project = project_factory(num_samples=36)
    write_split(project)
    return inputs_of(project)
