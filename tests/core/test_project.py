"""Where things are, and which names a pipeline can have."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError
from dlpipe.core.project import Project, find_project, smoke_limit, valid_name


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "dvc.yaml").touch()
    for name in ("solar.yaml", "cells.yaml", "versions.yaml", "dvc.yaml", "solar.champion.json"):
        (tmp_path / "pipelines" / name).touch()
    return Project(tmp_path)


def test_paths_follow_from_names(project: Project):
    root = project.root
    assert project.pipeline_file("solar") == root / "pipelines" / "solar.yaml"
    assert project.champion_file("solar") == root / "pipelines" / "solar.champion.json"
    assert project.versions_file == root / "pipelines" / "versions.yaml"
    assert project.data("solar") == project.outputs("solar") == root / "data" / "solar"
    assert project.status_file("solar", "clean") == root / ".dlpipe" / "status" / "solar" / "clean.json"


def test_a_smoke_run_writes_apart(project: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DLPIPE_LIMIT", "200")
    assert smoke_limit() == 200
    assert project.data("solar") == project.root / "data" / "solar"
    assert project.outputs("solar") == project.root / ".dlpipe" / "smoke" / "solar-200"
    assert project.status_file("solar", "clean").parent.name == "solar-200"


@pytest.mark.parametrize("value", ("", "0", "-3", "many"))
def test_no_limit_is_no_smoke_run(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DLPIPE_LIMIT", value)
    assert smoke_limit() is None


def test_pipelines_are_the_files_but_for_those_of_dvc(project: Project):
    assert project.pipelines() == ["cells", "solar"]


def test_an_existing_pipeline_is_itself(project: Project):
    assert project.existing("solar") == "solar"


@pytest.mark.parametrize(
    ("name", "fix"), (("soler", "`dlpipe init soler` makes one"), ("../solar", "see `dlpipe status`"))
)
def test_a_missing_pipeline_gets_the_nearest_name(name: str, fix: str, project: Project):
    with pytest.raises(DlpipeError, match=rf"has no pipeline '{name}': did you mean 'solar'\?") as caught:
        project.existing(name)
    assert caught.value.fix == fix


@pytest.mark.parametrize("name", ("a", "solar", "my-cells_2", "x" * 40))
def test_good_names(name: str):
    assert valid_name(name) == name


@pytest.mark.parametrize(
    "name", ("", "x" * 41, "Solar", "2cells", "-x", "a b", "a/b", "..", "a.b", "dvc", "versions", "caf\u00e9", "a\n")
)
def test_bad_names_are_refused(name: str):
    with pytest.raises(DlpipeError, match="cannot be a pipeline's name"):
        valid_name(name)


@given(st.text())
def test_a_valid_name_is_safe_as_file_stage_and_model(name: str):
    try:
        valid_name(name)
    except DlpipeError:
        return
    assert name.isascii()
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-_")


def test_the_project_is_found_from_below(project: Project):
    below = project.root / "data" / "solar"
    below.mkdir(parents=True)
    assert find_project(below) == Project(project.root.resolve())


def test_the_project_is_found_from_the_working_directory(project: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(project.root)
    assert find_project() == Project(project.root.resolve())


def test_no_project_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(DlpipeError, match="is in no dlpipe project") as caught:
        find_project(tmp_path)
    assert "dlpipe init NAME" in caught.value.fix
