"""Versions in a real registry, of models so small that they take no time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.tracking.registry import Candidate, Registered, register
from tests.tracking.models import write_onnx
from tests.tracking.stores import PIPELINE

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project

KEY = "0123456789abcdef0123456789abcdef"


def registered(project: Project, folder: Path, bias: float = 0.0, **tags: Any) -> Registered:
    """A version whose gate passed, if `tags` do not say otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    write_onnx(folder / "model.onnx", bias=bias)
    (folder / "model.json").write_text(json.dumps({"threshold": 0.5}))
    pl.DataFrame({"id": ["a"], "digest": ["0"]}).write_parquet(folder / "fitted.parquet")
    metrics = json.dumps({"auroc": {"value": 0.9 + bias / 100, "low": 0.8, "high": 0.95}})
    said = {"dlpipe.gate.verdict": "pass", "dlpipe.metrics": metrics, "dlpipe.fitted.samples": "1", **tags}
    files = (folder / name for name in ("model.onnx", "model.json", "fitted.parquet"))
    return register(project, PIPELINE, KEY, Candidate(*files, tags=said, description="", provenance=()))
