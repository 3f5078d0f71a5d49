"""A project whose samples have several labels, in which everything that `evaluate` reads is in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from dlpipe.core.plugin import described
from dlpipe.core.table import read_table
from dlpipe.tasks.multi_label import MultiLabel
from tests.evaluate.evaluated import NAME, evaluated_project, write_samples
from tests.exported import exported_folder
from tests.making import read_pipeline, write_pipeline

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project

CLASSES = ("circles", "south", "stripes")
THRESHOLDS = [0.4, 0.5, 0.6]


def several_project(root: Path, **evaluate: Any) -> Project:
    """Pictures with their shape and, of one site, `south`; every fifth has none of them."""
    project = evaluated_project(root, **evaluate)
    sections = read_pipeline(project, NAME)
    sections["dataset"]["task"] = {"name": "multi_label"}
    write_pipeline(project, NAME, sections)
    samples = read_table(project.outputs(NAME) / "split" / "samples.parquet")
    labels = [
        "" if number % 5 == 0 else f"{label}|south" if site == "south" else label
        for number, (label, site) in enumerate(samples.select("label", "site").iter_rows())
    ]
    write_samples(project, samples.with_columns(label=pl.Series(labels)))
    fitted = {"schema_version": 3, "task": described(MultiLabel()), "thresholds": THRESHOLDS}
    exported_folder(project.outputs(NAME) / "export", CLASSES, **fitted)
    return project
