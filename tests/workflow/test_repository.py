"""git and DVC around a project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dlpipe.core.dvc import environment
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.workflow import repository
from dlpipe.workflow.init import init

REPOSITORY = Path(__file__).resolve().parents[2]


def dvc(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def test_the_repository_itself_is_set_up_like_that(tmp_path: Path):
    written = {path.name: text for path, text in repository.dvc_files(Project(tmp_path)).items()}
    assert written["config"] == (REPOSITORY / ".dvc/config").read_text(encoding="utf-8")
    for name, wanted in repository.IGNORED.items():
        lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
        assert set(wanted.splitlines()) <= set(lines)


def test_dvc_that_is_there_stays_as_it_is(tmp_path: Path):
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text("[core]\n    remote = mine\n")
    assert repository.dvc_files(Project(tmp_path)) == {}


def test_what_git_says_is_passed_on(tmp_path: Path):
    (tmp_path / ".git").write_text("no repository\n")
    with pytest.raises(DlpipeError, match="`git init` failed") as caught:
        repository.make_git(Project(tmp_path))
    assert caught.value.exit_code == Exit.ENVIRONMENT


def test_a_folder_below_a_git_repository(tmp_path: Path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    init("flowers", folder=tmp_path / "below")
    assert not (tmp_path / "below/.git").exists()
    assert dvc(tmp_path / "below", "stage", "list", "--all").returncode == 0


def test_without_git_there_is_a_project_without_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(repository.shutil, "which", lambda command: None)
    init("flowers", folder=tmp_path / "new")
    assert "no_scm = true" in (tmp_path / "new/.dvc/config").read_text()
    assert dvc(tmp_path / "new", "stage", "list", "--all").returncode == 0
