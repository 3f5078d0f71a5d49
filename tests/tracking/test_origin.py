from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from dlpipe.core.project import Project
from dlpipe.tracking.origin import NONE, commit_of, difference, licence_tags, origin_tags
from tests.tracking.repositories import committed, git
from tests.tracking.stores import PIPELINE, bare_project

PLENTY = 1_000_000


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return bare_project(tmp_path / "project")


def is_dirty(project: Project) -> bool:
    found = commit_of(project)
    assert found is not None
    return found.dirty


def test_a_commit_is_named_with_its_branch(project: Project) -> None:
    commit = committed(project.root)
    found = commit_of(project)
    assert found is not None
    assert (found.commit, found.branch, found.dirty) == (commit, "main", False)
    tags = origin_tags(project, PIPELINE)
    assert [tags[f"mlflow.source.git.{name}"] for name in ("commit", "branch", "dirty")] == [commit, "main", "false"]


def test_without_git_repository_or_commit_the_origin_is_none(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert commit_of(project) is None
    git(project.root, "init", "-q")
    assert commit_of(project) is None, "a repository without a commit"
    committed(project.root)
    assert commit_of(project) is not None
    monkeypatch.setenv("PATH", str(project.root))
    assert commit_of(project) is None, "a machine without git"
    tags = origin_tags(project, PIPELINE)
    assert {tags[f"mlflow.source.git.{name}"] for name in ("commit", "branch", "dirty")} == {NONE}


def test_a_commit_without_a_branch_has_none(project: Project) -> None:
    committed(project.root)
    git(project.root, "checkout", "-q", "--detach")
    found = commit_of(project)
    assert found is not None
    assert found.branch == NONE


@pytest.mark.parametrize(
    ("path", "dirty"),
    (
        ("code.py", True),
        (f"pipelines/{PIPELINE}.yaml", True),
        ("dvc.lock", False),
        ("pipelines/dvc.lock", False),
        ("pipelines/versions.yaml", False),
    ),
)
def test_dirty_is_what_a_person_changed_and_not_what_a_run_writes(project: Project, path: str, dirty: bool) -> None:
    for name in ("code.py", "dvc.lock", "pipelines/dvc.lock", "pipelines/versions.yaml"):
        (project.root / name).write_text("a: 1\n")
    committed(project.root, ".")
    assert not is_dirty(project)
    (project.root / path).write_text("a: 2\n")
    assert is_dirty(project) is dirty
    assert (path in difference(project, PLENTY).decode()) is dirty


def test_a_pipeline_that_is_not_in_git_is_dirty_and_other_new_files_are_not(project: Project) -> None:
    committed(project.root)
    (project.root / "notes.txt").write_text("mine")
    assert not is_dirty(project)
    (project.root / "pipelines" / "other.yaml").write_text("dataset: {}\n")
    assert is_dirty(project)
    assert difference(project, PLENTY) == b"# not in git: pipelines/other.yaml\n"


def test_only_the_projects_own_folder_of_a_repository_counts(tmp_path: Path) -> None:
    project = bare_project(tmp_path / "inner" / "project")
    (tmp_path / "elsewhere.txt").write_text("1")
    (project.root / "dvc.lock").write_text("1")
    git(tmp_path, "init", "-q", "-b", "main")
    committed(tmp_path, ".")
    (tmp_path / "elsewhere.txt").write_text("2")
    (project.root / "dvc.lock").write_text("2")
    assert not is_dirty(project)
    assert difference(project, PLENTY) == b""
    (project.root / "dvc.yaml").write_text("stages: {a: 1}\n")
    assert is_dirty(project)


def test_looking_changes_nothing_in_the_repository(project: Project) -> None:
    committed(project.root)
    index = project.root / ".git" / "index"
    os.utime(project.root / "dvc.yaml", (1, 1))  # git would note the new time in its index
    before = index.read_bytes()
    assert not is_dirty(project)
    assert index.read_bytes() == before


@pytest.mark.parametrize(
    "setting", ("color.ui=always", "diff.noprefix=true", "diff.mnemonicPrefix=true", "diff.external=false")
)
def test_the_difference_can_be_applied_whatever_the_users_settings(project: Project, setting: str) -> None:
    committed(project.root)
    file = project.pipeline_file(PIPELINE)
    before = file.read_text()
    file.write_text("dataset: {seed: 3}\n")
    git(project.root, "config", *setting.split("="))
    patch = difference(project, PLENTY)
    assert b"+dataset: {seed: 3}" in patch
    file.write_text(before)
    subprocess.run(["git", "-C", str(project.root), "apply"], input=patch, check=True)
    assert file.read_text() == "dataset: {seed: 3}\n"


def test_a_long_difference_is_cut_and_says_so(project: Project) -> None:
    committed(project.root)
    (project.root / "dvc.yaml").write_text("# long\n" * 1000)
    whole = difference(project, PLENTY)
    cut = difference(project, 500)
    assert cut[:500] == whole[:500]
    assert cut[500:].decode() == f"\n# cut here: {len(whole) - 500:,} bytes more\n"


def test_the_licence_is_the_data_cards(project: Project) -> None:
    assert licence_tags(project, PIPELINE) == {}
    card = project.outputs(PIPELINE) / "ingest" / "card.json"
    card.parent.mkdir(parents=True)
    card.write_text('{"licence": "CC-BY-NC-SA-4.0", "non_commercial": true}')
    wanted = {"dlpipe.data.licence": "CC-BY-NC-SA-4.0", "dlpipe.data.non_commercial": "true"}
    assert licence_tags(project, PIPELINE) == wanted
    assert wanted.items() <= origin_tags(project, PIPELINE).items()
    card.write_text("{}")
    assert licence_tags(project, PIPELINE) == {"dlpipe.data.licence": NONE, "dlpipe.data.non_commercial": "false"}


def test_a_user_without_a_name_stops_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container the user's number often has no entry in the list of users."""
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    assert origin_tags(project, PIPELINE)["mlflow.user"] == NONE
