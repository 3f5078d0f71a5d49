from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from dlpipe.core.errors import DlpipeError
from dlpipe.workflow.raw import check_raw, dvc_file, is_empty, owned_raw
from tests.making import read_pipeline, write_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlpipe.core.project import Project


@pytest.fixture
def project(project_factory: Callable[..., Project]) -> Project:
    return project_factory()


@pytest.fixture
def raw(project: Project) -> Path:
    return project.data("demo") / "raw"


def elsewhere(project: Project, root: str) -> None:
    source = {"name": "folder", "root": root}
    write_pipeline(project, "demo", {**read_pipeline(project, "demo"), "ingest": {"source": source}})


def test_plain_files_and_folders_pass(project: Project):
    check_raw(project, "demo")


def make_socket(place: Path) -> None:
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"/proc/self/fd/{folder}/{place.name}")  # a socket's path may have 107 bytes
    finally:
        os.close(folder)


@pytest.mark.parametrize(
    ("make", "what"),
    (
        (os.mkfifo, "is a pipe"),
        (make_socket, "is a socket or device"),
        (lambda place: place.symlink_to("nowhere"), "is a symbolic link"),
        (lambda place: (place.parent / os.fsdecode(b"\xff.png")).touch(), "has a name that is not UTF-8"),
    ),
)
def test_what_dvc_cannot_carry_is_named(project: Project, raw: Path, make: Callable[[Path], None], what: str):
    make(raw / "circles" / "odd.png")
    with pytest.raises(DlpipeError, match=what) as caught:
        check_raw(project, "demo")
    assert "ingest.source.root" in caught.value.fix


def test_links_of_a_folder_that_dvc_tracks_may_be_its_own(project: Project, raw: Path):
    (raw / "link.png").symlink_to("circles/0000.png")
    dvc_file(raw).write_text("outs: []\n", encoding="utf-8")
    check_raw(project, "demo")
    (raw / "gone.png").symlink_to("nowhere")
    with pytest.raises(DlpipeError, match="a link to nothing"):
        check_raw(project, "demo")


def test_a_missing_folder_says_how_to_get_it(project: Project, raw: Path):
    raw.rename(raw.with_name("away"))
    with pytest.raises(DlpipeError, match="raw is missing") as caught:
        check_raw(project, "demo")
    assert "dlpipe fetch demo" in caught.value.fix
    dvc_file(raw).write_text("outs: []\n", encoding="utf-8")
    with pytest.raises(DlpipeError) as caught:
        check_raw(project, "demo")
    assert "`dvc pull data/demo/raw.dvc`" in caught.value.fix


def test_a_folder_outside_is_not_dvcs_business(project: Project, raw: Path, tmp_path: Path):
    elsewhere(project, str(tmp_path / "elsewhere"))
    os.mkfifo(raw / "pipe.png")
    assert owned_raw(project, "demo") is None
    check_raw(project, "demo")


def test_the_usual_folder_may_be_named_as_root(project: Project, raw: Path):
    elsewhere(project, "data/demo/raw")
    assert owned_raw(project, "demo") == raw


def test_empty(raw: Path, tmp_path: Path):
    assert not is_empty(raw)
    assert is_empty(tmp_path / "nowhere")
    (tmp_path / "bare").mkdir()
    assert is_empty(tmp_path / "bare")
