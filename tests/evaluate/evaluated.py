"""A project in which everything that `evaluate` reads is in place, made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.core import files
from dlpipe.core.project import Project
from dlpipe.core.table import write_table
from tests.exported import SIZE_PX, exported_folder
from tests.making import CLASSES, QUICK, SITES, make_project, read_pipeline, write_pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAME = "demo"
SPLITS = ("train", "train", "train", "val", "test", "test")
"""Of six neighbouring lots; classes and sites alternate within each."""


def evaluated_project(
    root: Path, *, num_samples: int = 120, classes: Sequence[str] = CLASSES, **evaluate: Any
) -> Project:
    """A project before its `evaluate`; keywords are the settings of that section."""
    project = make_project(root, NAME, num_samples=num_samples, size_px=SIZE_PX, classes=classes)
    sections = read_pipeline(project, NAME)
    sections["dataset"]["groups"] = ["site"]
    sections["evaluate"] = {"num_resamples": 100, "efficiency": QUICK, "robustness": {}, **evaluate}
    write_pipeline(project, NAME, sections)
    samples = samples_table(project, classes)
    write_samples(project, samples)
    random = np.random.default_rng(0)
    kinds = np.array([classes.index(label) for label in samples["label"]])
    vectors = (random.normal(size=(samples.height, 8)) + kinds[:, None]).astype(np.float32)
    table = pl.DataFrame({"id": samples["id"], "vector": pl.Series(vectors, dtype=pl.Array(pl.Float32, 8))})
    publish(project, "embed", vectors=table)
    exported_folder(project.outputs(NAME) / "export", tuple(classes))
    return project


def samples_table(project: Project, classes: Sequence[str] = CLASSES) -> pl.DataFrame:
    """What `split` would write."""
    raw = project.data(NAME) / "raw"
    paths = sorted(raw.rglob("*.png"), key=lambda path: path.name)
    rows = [
        {
            "id": path.relative_to(raw).as_posix(),
            "path": path.relative_to(raw).as_posix(),
            "digest": files.digest(path),
            "site": SITES[number // len(classes) % len(SITES)],
            "block": f"b{number // 10}",
            "label": path.parent.name,
            "label_origin": "votes",
            "label_confidence": 1.0,
            "split": SPLITS[number // (len(classes) * len(SITES)) % len(SPLITS)],
        }
        for number, path in enumerate(paths)
    ]
    return pl.DataFrame(rows).sort("id")


def write_samples(project: Project, samples: pl.DataFrame) -> None:
    """Publishes the table of `split`."""
    publish(project, "split", samples=samples)


def publish(project: Project, stage: str, **tables: pl.DataFrame) -> None:
    """Publishes a stage's folder with tables."""
    with files.replacing(project.outputs(NAME) / stage) as draft:
        for name, table in tables.items():
            write_table(table, draft / f"{name}.parquet")
