"""A project in which everything before `register` has run, written by hand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core.stage import STAGES, Inputs
from tests.tracking.stores import PIPELINE, made_database, project_with

if TYPE_CHECKING:
    from dlpipe.core.project import Project

KEY = "0123456789abcdef0123456789abcdef"


def write_onnx(path: Path, *, bias: float = 0.0) -> None:
    """A network of uint8 (batch, 3, 4, 4) → outputs (batch, 2), features (batch, 3)."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save

    weights = np.array([[1, 0], [0, 1], [1, 1]], np.float32) + np.float32(bias)
    nodes = [
        helper.make_node("Cast", ["inputs"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats", "axes"], ["features"], keepdims=0),
        helper.make_node("MatMul", ["features", "weights"], ["outputs"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("inputs", TensorProto.UINT8, ["batch", 3, 4, 4])],
        [
            helper.make_tensor_value_info("outputs", TensorProto.FLOAT, ["batch", 2]),
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 3]),
        ],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(np.array([2, 3], np.int64), "axes")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    save(model, str(path))


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
    write(data / "evaluate" / "evaluation.json", {"num_samples": 40, "metrics": metrics})
    write(data / "ingest" / "card.json", {"name": "demo", "licence": "CC-BY-NC-SA-4.0", "non_commercial": True})
    write(data / "train" / "run.json", {"key": KEY, "experiment": PIPELINE})
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
