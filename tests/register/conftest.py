"""A project in which everything before `register` has run, written by hand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from dlpipe.core.stage import STAGES, Inputs
from tests.tracking.models import write_onnx
from tests.tracking.stores import PIPELINE, made_database, project_with

if TYPE_CHECKING:
    from dlpipe.core.project import Project

KEY = "0123456789abcdef0123456789abcdef"


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def judge(data: Path, verdict: str = "pass", **other: Any) -> None:
    """Writes the gate's verdict on what is there."""
    digests = {
        "model_digest": hashlib.sha256((data / "export" / "model.onnx").read_bytes()).hexdigest(),
        "evaluation_digest": hashlib.sha256((data / "evaluate" / "evaluation.json").read_bytes()).hexdigest(),
    }
    rules = [{"rule": "auroc at least 0.8", "verdict": verdict}]
    write(data / "gate" / "gate.json", {"verdict": verdict, "rules": rules, **digests, **other})


def fill(project: Project) -> Path:
    data = project.data(PIPELINE)
    write_onnx(data / "export" / "model.onnx")
    write(data / "export" / "model.json", {"classes": ["a", "b"], "example_shape": [3, 4, 4], "temperature": 1.0})
    metrics = {"auroc": {"value": 0.9, "low": 0.85, "high": 0.94}, "ece": {"value": None, "low": None, "high": None}}
    evaluation = {"num_samples": 40, "metrics": metrics, "intervals": {"confidence": 0.9}}
    write(data / "evaluate" / "evaluation.json", evaluation)
    write(data / "ingest" / "card.json", {"name": "demo", "licence": "CC-BY-NC-SA-4.0", "non_commercial": True})
    write(data / "train" / "run.json", {"key": KEY, "experiment": PIPELINE})
    split = {
        "id": ["a", "b", "c"],
        "path": ["a", "b", "c"],
        "digest": ["0", "1", "2"],
        "split": ["train", "val", "test"],
    }
    (data / "split").mkdir(parents=True, exist_ok=True)
    pl.DataFrame(split).write_parquet(data / "split" / "samples.parquet")
    judge(data)
    return data


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Project:
    project = project_with(made_database(tmp_path_factory.getbasetemp()), tmp_path / "project")
    fill(project)
    return project


@pytest.fixture
def inputs(project: Project) -> Inputs:
    return Inputs(STAGES["register"], PIPELINE, project, None, project.data(PIPELINE) / "raw")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "draft"
    folder.mkdir()
    return folder
