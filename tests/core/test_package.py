from __future__ import annotations

import sys
import zipfile
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core import files, package
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.package import Package, fetch, members, place
from dlpipe.core.project import Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def made(tmp_path: Path) -> tuple[Package, Path]:
    """A package and the folder that pip finds it in."""
    index = tmp_path / "index"
    index.mkdir()
    wheel = index / "tiny_data-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_data/raw/a/x.txt", "x")
        archive.writestr("tiny_data/raw/y.txt", "y")
        archive.writestr("tiny_data/rawer/z.txt", "z")
        archive.writestr("tiny_data-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-data\nVersion: 1.0\n")
        archive.writestr("tiny_data-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny_data-1.0.dist-info/RECORD", "")
    return Package("tiny-data", "1.0", files.digest(wheel), "CC0-1.0", "nothing much", below="tiny_data/raw"), index


@pytest.fixture
def offline(made: tuple[Package, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made[1]))


@pytest.mark.usefixtures("offline")
def test_pip_gets_it_by_its_own_settings(made: tuple[Package, Path], tmp_path: Path):
    project = Project(tmp_path / "project")
    wheel = fetch(made[0], project)
    assert wheel == place(made[0], project)
    assert files.digest(wheel) == made[0].sha256
    assert [path.name for path in wheel.parent.iterdir()] == [wheel.name]


def test_what_is_here_is_not_fetched_again(made: tuple[Package, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    project = Project(tmp_path / "project")
    kept = place(made[0], project)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(next(made[1].iterdir()).read_bytes())
    monkeypatch.setattr(package, "_download", lambda *_: pytest.fail("pip was asked"))
    assert fetch(made[0], project) == kept


@pytest.mark.usefixtures("offline")
def test_a_damaged_copy_is_fetched_again(made: tuple[Package, Path], tmp_path: Path):
    project = Project(tmp_path / "project")
    kept = place(made[0], project)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"torn")
    assert files.digest(fetch(made[0], project)) == made[0].sha256


@pytest.mark.usefixtures("offline")
def test_other_bytes_are_refused(made: tuple[Package, Path], tmp_path: Path):
    other = replace(made[0], sha256="0" * 64)
    with pytest.raises(DlpipeError, match="other bytes than expected") as caught:
        fetch(other, Project(tmp_path / "project"))
    assert caught.value.exit_code == Exit.INTEGRITY
    assert not list((tmp_path / "project" / ".dlpipe" / "packages").iterdir())


@pytest.mark.usefixtures("offline")
def test_a_package_that_is_nowhere(made: tuple[Package, Path], tmp_path: Path):
    with pytest.raises(DlpipeError, match=r"pip cannot get tiny-data 2\.0: No matching distribution") as caught:
        fetch(replace(made[0], version="2.0"), Project(tmp_path / "project"))
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_a_python_without_pip(made: tuple[Package, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nshift 2\nexec "{sys.executable}" -S -I -m pip "$@"\n', encoding="utf-8")
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))
    with pytest.raises(DlpipeError, match="has no pip") as caught:
        fetch(made[0], Project(tmp_path / "project"))
    assert "ensurepip" in caught.value.fix


def test_members_below_a_folder(made: tuple[Package, Path]):
    wheel = next(made[1].iterdir())
    assert dict(members(wheel, "tiny_data/raw")) == {PurePosixPath("a/x.txt"): b"x", PurePosixPath("y.txt"): b"y"}
    assert dict(members(wheel, "tiny_data/raw/y.txt")) == {PurePosixPath("y.txt"): b"y"}


@pytest.mark.parametrize("name", ("data/../../escaped", "/data/x", "data/a\\b"))
def test_a_path_that_leaves_is_refused(name: str, tmp_path: Path):
    wheel = tmp_path / "bad.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(name, "x")
    below: Any = "/data" if name.startswith("/") else "data"
    with pytest.raises(DlpipeError) as caught:
        list(members(wheel, below))
    assert caught.value.exit_code == Exit.INTEGRITY
