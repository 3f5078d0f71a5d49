"""Publishes a stage's folder by hand, so that a test of one stage does not need those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from dlpipe.core import files
from dlpipe.core.table import read_table, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project


def publish(project: Project, stage: str, pipeline: str = "demo", **tables: pl.DataFrame) -> Path:
    """Writes `<name>.parquet` for each table, with the digests that a published folder has."""
    out = project.outputs(pipeline) / stage
    files.remove(out)
    out.mkdir(parents=True)
    for name, table in tables.items():
        write_table(table, out / f"{name}.parquet")
    files.write_json(out / files.DIGESTS, files.digests(out))
    return out


def publish_vectors(project: Project, pipeline: str = "demo") -> None:
    """Vectors of chance for the samples that `ingest` listed."""
    ids = read_table(project.outputs(pipeline) / "ingest" / "samples.parquet")["id"]
    vectors = np.random.default_rng(0).normal(size=(len(ids), 4)).astype(np.float32)
    publish(project, "embed", pipeline, vectors=pl.DataFrame({"id": ids, "vector": vectors}))
