"""The table of stages, what a stage may read, and where media lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlpipe.core import config
from dlpipe.core.project import Project
from dlpipe.core.stage import CHAMPION, RAW, SECTIONS, STAGES, Inputs, raw_folder, settings


@pytest.fixture
def project(project_factory: Callable[..., Project]) -> Project:
    return project_factory(num_samples=2)


def _inputs(stage: str, project: Project) -> Inputs:
    return Inputs(STAGES[stage], "demo", project, None, project.data("demo") / RAW)


def test_data_flows_in_the_tables_order():
    made: set[str] = set()
    for stage in STAGES.values():
        for name in (*stage.reads, *stage.mentions):
            maker, _, file = name.partition("/")
            assert not file or maker == "annotations" or maker in made, f"{stage.name} reads {name} before it is made"
        made.add(stage.name)


def test_only_ingest_reads_raw():
    assert [stage.name for stage in STAGES.values() if RAW in stage.reads] == ["ingest"]


def test_people_enter_through_annotations_alone():
    given = {stage.name: [name for name in stage.reads if name.startswith("annotations/")] for stage in STAGES.values()}
    assert {stage: names for stage, names in given.items() if names} == {
        "clean": ["annotations/verdicts.jsonl"],
        "label": ["annotations/labels.jsonl"],
    }


def test_nothing_is_read_twice_and_no_folder_is_read():
    for stage in STAGES.values():
        names = (*stage.reads, *stage.mentions)
        assert len(set(names)) == len(names)
        assert all(Path(name).suffix for name in names if name not in {RAW, CHAMPION})


def test_every_section_has_settings_of_its_own():
    assert ("dataset", *STAGES) == SECTIONS
    assert settings("dataset").__name__ == "Dataset"


def test_inputs_give_the_files_of_the_table(project: Project):
    data = project.data("demo")
    assert _inputs("clean", project).path("ingest/samples.parquet") == data / "ingest" / "samples.parquet"
    assert _inputs("clean", project).path("annotations/verdicts.jsonl") == data / "annotations" / "verdicts.jsonl"
    assert _inputs("gate", project).path(CHAMPION) == project.champion_file("demo")
    assert _inputs("gate", project).path("train/run.json") == data / "train" / "run.json"
    assert _inputs("ingest", project).path(RAW) == data / "raw"


def test_inputs_of_a_smoke_run_lie_apart_but_people_give_only_once(project: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DLPIPE_LIMIT", "5")
    inputs = _inputs("clean", project)
    assert inputs.path("ingest/samples.parquet").is_relative_to(project.local / "smoke" / "demo-5")
    assert inputs.path("annotations/verdicts.jsonl").is_file()


def test_reading_what_the_table_does_not_say_is_a_bug(project: Project):
    with pytest.raises(KeyError, match=r"stage label does not say that it reads ingest/samples\.parquet"):
        _inputs("label", project).path("ingest/samples.parquet")


def test_each_stage_has_a_cache_of_its_own(project: Project):
    assert _inputs("embed", project).cache != _inputs("train", project).cache


@pytest.mark.parametrize(
    ("ingest", "expected"),
    (
        ({}, "data/demo/raw"),
        ({"source": {"name": "folder", "root": "pictures/cells"}}, "pictures/cells"),
        ({"source": {"name": "folder", "root": "/elsewhere"}}, "/elsewhere"),
        ({"source": "folder"}, "data/demo/raw"),
        (None, "data/demo/raw"),
    ),
)
def test_media_lie_in_raw_or_where_root_points(
    ingest: object, expected: str, project_factory: Callable[..., Project], tmp_path: Path
):
    project = project_factory(num_samples=2, sections={"ingest": ingest})
    assert raw_folder(project, "demo", config.read(project.pipeline_file("demo"))) == project.root / expected
