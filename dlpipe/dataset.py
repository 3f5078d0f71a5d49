"""What all stages share about the data: the `dataset` section, and reading the samples table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from dlpipe.core.config import Section
from dlpipe.core.plugin import Shown, one
from dlpipe.core.project import find_project
from dlpipe.core.stage import STAGES
from dlpipe.core.table import read_table
from dlpipe.modalities import Modality
from dlpipe.tasks import Task

if TYPE_CHECKING:
    import polars as pl

_TABLES = ("split", "label", "clean", "ingest")


class Dataset(Section):
    """The `dataset` section of a pipeline file."""

    modality: Annotated[Shown[Modality], one(Modality)] = Field(description="Kind of media and how it is decoded.")
    task: Annotated[Shown[Task], one(Task)] = Field(description="What is learnt.")
    groups: list[str] = Field(
        default=[], description="Attributes by which results are compared: slices and bias checks."
    )
    seed: int = Field(default=0, ge=0, lt=2**32, description="Every random choice follows from it.")


def load_samples(pipeline: str, stage: str | None = None, project: Path | None = None) -> pl.DataFrame:
    """The samples table of a pipeline, as one of its stages wrote it.

    Args:
        pipeline: Name of the pipeline.
        stage: `ingest`, `clean`, `label` or `split`; default the latest of them that has run.
        project: A folder of the project; default the working directory.

    Raises:
        DlpipeError: there is no such pipeline, or the stage has not run.
    """
    home = find_project(project)
    outputs = home.outputs(home.existing(pipeline))
    ran = [name for name in _TABLES if (outputs / name / "samples.parquet").is_file()]
    return read_table(outputs / (stage or next(iter(ran), next(iter(STAGES)))) / "samples.parquet")
