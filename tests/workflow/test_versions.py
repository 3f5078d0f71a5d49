from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlpipe.core import config
from dlpipe.core.stage import STAGES
from dlpipe.workflow import versions

if TYPE_CHECKING:
    from dlpipe.core.project import Project


@pytest.fixture
def project(project_factory) -> Project:
    project = project_factory()
    versions.refresh(project, "demo")
    return project


def test_an_up_to_date_file_keeps_its_bytes(project: Project) -> None:
    before = project.versions_file.read_bytes()
    assert versions.refresh(project, "demo") == []
    assert project.versions_file.read_bytes() == before


def test_a_number_that_rose_is_said_and_written(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = {**versions.stage_numbers(), "label": 41}
    monkeypatch.setattr(versions, "stage_numbers", lambda: numbers)
    (line,) = versions.refresh(project, "demo")
    assert line == "label computes version 41 now (was 1): it will run again"
    tree = config.read(project.versions_file).tree
    assert {name: tree[name] for name in STAGES} == numbers
    assert "# Written by `dlpipe run`" in project.versions_file.read_text(encoding="utf-8"), "comments are kept"


def test_plug_ins_of_other_distributions_are_parameters(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "outside_plugins", lambda: {"more-checks": "1.2"})
    (line,) = versions.refresh(project, "demo")
    assert "every stage will run again" in line
    assert dict(config.read(project.versions_file).tree["plugins"]) == {"more-checks": "1.2"}


def test_a_raw_folder_elsewhere_is_watched_by_its_listing(project_factory, tmp_path) -> None:
    raw = tmp_path / "elsewhere"
    (raw / "a").mkdir(parents=True)
    project = project_factory(sections={"ingest": {"source": {"name": "folder", "root": str(raw)}}})
    versions.refresh(project, "demo")
    first = config.read(project.versions_file).tree["outside"]["demo"]
    assert len(first) == 64
    (raw / "a" / "new.png").write_bytes(b"new")
    (line,) = versions.refresh(project, "demo")
    assert "ingest will run again" in line
    assert config.read(project.versions_file).tree["outside"]["demo"] != first
