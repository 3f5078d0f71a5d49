from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.tracking import attach_run, open_run
from dlpipe.tracking.looking import evaluated_run, is_run, run_id_of
from tests.tracking.stores import PIPELINE


@pytest.mark.parametrize(
    ("name", "answer"),
    (
        ("0123ab", True),
        ("0123456789abcdef0123456789abcdef", True),
        ("0123a", False),
        ("solar", False),
        ("../abc", False),
    ),
)
def test_only_what_can_be_an_id_is_looked_for(name: str, *, answer: bool) -> None:
    assert is_run(name) == answer


def test_files_and_settings_come_back_as_they_were_sent(project: Project, tmp_path: Path) -> None:
    with open_run(project, PIPELINE, "abc123" + "0" * 26) as run:
        run.params({"train": {"epochs": 4}})
    sent = {"evaluation.json": b"{}", "predictions.parquet": b"table"}
    with attach_run(project, PIPELINE, "abc123" + "0" * 26) as run:
        for name, content in sent.items():
            (tmp_path / name).write_bytes(content)
            run.artifact(tmp_path / name, folder="evaluate")
        run_id = run.settled()
    assert run_id_of(project, "abc123") == run_id
    (tmp_path / "got").mkdir()
    found = evaluated_run(project, run_id, tmp_path / "got")
    assert (found.evaluation.read_bytes(), found.predictions.read_bytes()) == (b"{}", b"table")
    assert found.params["train.epochs"] == "4"


def test_files_beside_a_shared_database_that_was_moved_are_told_of(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shared").mkdir()
    shutil.copyfile(project.root / "mlflow.db", tmp_path / "shared" / "mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/shared/mlflow.db")
    with open_run(project, PIPELINE, "abc123" + "0" * 26) as run:
        (tmp_path / "evaluation.json").write_bytes(b"{}")
        run.artifact(tmp_path / "evaluation.json", folder="evaluate")
        run_id = run.settled()
    with pytest.raises(DlpipeError, match="never evaluated"):
        evaluated_run(project, run_id, tmp_path)
    (tmp_path / "shared").rename(tmp_path / "moved")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/moved/mlflow.db")
    with pytest.raises(DlpipeError, match="which is gone"):
        evaluated_run(project, run_id, tmp_path)


def test_a_beginning_of_two_runs_is_refused(project: Project) -> None:
    for end in ("0", "1"):
        with open_run(project, PIPELINE, "abc123" + end * 26):
            pass
    with pytest.raises(DlpipeError, match="2 runs begin") as refused:
        run_id_of(project, "abc123")
    assert refused.value.exit_code == Exit.INPUT
