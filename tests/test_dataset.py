"""What all stages share about the data, and the public way to the samples table."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

import dlpipe
from dlpipe.core import config, files
from dlpipe.core.errors import DlpipeError
from dlpipe.core.project import Project
from dlpipe.core.table import write_table
from dlpipe.dataset import Dataset, load_samples


@pytest.fixture
def project(project_factory: Callable[..., Project]) -> Project:
    return project_factory(num_samples=2)


def _write(project: Project, stage: str, *ids: str) -> None:
    with files.replacing(project.outputs("demo") / stage) as draft:
        write_table(pl.DataFrame({"id": ids, "path": ids, "digest": ids}), draft / "samples.parquet")


def test_the_section_is_read_with_its_plugins(project: Project):
    section = config.section(config.read(project.pipeline_file("demo")), "dataset", Dataset)
    assert (section.modality.name, section.task.name, section.groups, section.seed) == (
        "image",
        "classification",
        [],
        0,
    )


@pytest.mark.parametrize(
    ("change", "mistake"),
    (
        ({"modality": {"name": "imaeg"}}, "there is no modality 'imaeg': did you mean 'image'"),
        ({"task": {"name": "classification", "positiv_class": "a"}}, "did you mean 'positive_class'"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"group": ["site"]}, "did you mean 'groups'"),
    ),
)
def test_mistakes_are_told_with_their_place(
    change: dict[str, object], mistake: str, project_factory: Callable[..., Project]
):
    right = {"modality": {"name": "image"}, "task": {"name": "classification"}}
    project = project_factory(num_samples=2, sections={"dataset": {**right, **change}})
    (said,) = config.mistakes(config.read(project.pipeline_file("demo")), "dataset", Dataset)
    assert mistake in said


def test_samples_are_those_of_the_latest_stage_that_ran(project: Project):
    _write(project, "ingest", "a", "b", "c")
    assert load_samples("demo", project=project.root)["id"].to_list() == ["a", "b", "c"]
    _write(project, "clean", "a", "b")
    assert load_samples("demo", project=project.root).height == 2
    assert load_samples("demo", "ingest", project.root).height == 3


def test_samples_that_are_not_there_name_the_stage(project: Project):
    with pytest.raises(DlpipeError, match="is missing") as caught:
        load_samples("demo", project=project.root)
    assert caught.value.fix == "run `dlpipe ingest demo` first"


def test_an_unknown_pipeline_gets_the_nearest(project: Project):
    with pytest.raises(DlpipeError, match="did you mean 'demo'"):
        load_samples("dem", project=project.root)


def test_it_is_part_of_the_public_api(project: Project, monkeypatch: pytest.MonkeyPatch):
    _write(project, "ingest", "a")
    monkeypatch.chdir(project.root)
    assert dlpipe.load_samples("demo").height == 1
    with pytest.raises(AttributeError, match="nothing"):
        dlpipe.nothing  # noqa: B018 - the look-up is what is tried
