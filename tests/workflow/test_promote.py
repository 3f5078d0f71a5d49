from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dlpipe.core import champion
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.core.say import say
from dlpipe.tracking import promotion
from dlpipe.workflow.promote import promote
from tests.tracking.registered import registered
from tests.tracking.servers import nobody
from tests.tracking.stores import PIPELINE, made_database, project_with


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Project:
    made = project_with(made_database(tmp_path_factory.getbasetemp()), tmp_path / "project")
    champion.write(made.champion_file(PIPELINE), None)
    return made


def file_of(project: Project) -> dict[str, Any]:
    return json.loads(project.champion_file(PIPELINE).read_bytes())


def refusal(project: Project, **options: Any) -> DlpipeError:
    before = file_of(project)
    with pytest.raises(DlpipeError) as refused:
        promote(project, PIPELINE, **options)
    assert file_of(project) == before
    return refused.value


def test_what_was_registered_last_becomes_the_champion_in_git_and_in_mlflow(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = registered(project, tmp_path / "export")
    promote(project, PIPELINE, because="the first one")
    found = file_of(project)
    assert (found["version"], found["gate"], found["because"]) == ("1", "pass", "the first one")
    assert (found["model_digest"], found["num_fitted"]) == (made.model_digest, 1)
    assert found["metrics"]["auroc"] == {"value": 0.9, "low": 0.8, "high": 0.95}
    assert promotion.champion_alias(project, PIPELINE, "promote") == "1"
    kept = champion.read(project.champion_file(PIPELINE)).folder(project)
    assert {path.name for path in kept.iterdir()} >= {"model.onnx", "model.json", "fitted.parquet"}
    said = capsys.readouterr().out
    assert "version 1 is the champion (there was none)" in said
    assert f"git add pipelines/{PIPELINE}.champion.json" in said


def test_it_can_be_undone_with_the_command_it_says(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for bias in (0.0, 1.0):
        registered(project, tmp_path / "export", bias)
        promote(project, PIPELINE)
    assert f"undo: dlpipe promote {PIPELINE} --version 1" in capsys.readouterr().out
    promote(project, PIPELINE, version="1")
    assert file_of(project)["version"] == promotion.champion_alias(project, PIPELINE, "promote") == "1"


def test_promoted_twice_nothing_changes(project: Project, tmp_path: Path) -> None:
    registered(project, tmp_path / "export")
    promote(project, PIPELINE, because="good")
    before = project.champion_file(PIPELINE).read_bytes()
    promote(project, PIPELINE)
    assert project.champion_file(PIPELINE).read_bytes() == before


@pytest.mark.parametrize("verdict", ("fail", "none", "", "PASS"))
def test_what_the_gate_did_not_let_pass_is_refused(project: Project, tmp_path: Path, verdict: str) -> None:
    registered(project, tmp_path / "export", **{"dlpipe.gate.verdict": verdict})
    error = refusal(project)
    assert error.exit_code == Exit.NO
    assert "--anyway" in error.fix
    assert promotion.champion_alias(project, PIPELINE, "promote") is None


def test_overruling_the_gate_needs_a_reason_which_is_kept(project: Project, tmp_path: Path) -> None:
    registered(project, tmp_path / "export", **{"dlpipe.gate.verdict": "fail"})
    assert refusal(project, anyway=True).exit_code == Exit.INPUT
    assert refusal(project, anyway=True, because="  ").exit_code == Exit.INPUT
    promote(project, PIPELINE, anyway=True, because="the old camera is gone")
    assert file_of(project)["gate"] == "fail, overruled"
    tags = promotion.version_of(project, PIPELINE, "1", "promote").tags
    assert tags["dlpipe.promoted.because"] == "the old camera is gone"
    assert tags["dlpipe.promoted.gate"] == "fail, overruled"


def test_an_alias_that_somebody_moved_by_hand_is_said_and_mended(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for bias in (0.0, 1.0):
        registered(project, tmp_path / "export", bias)
    promote(project, PIPELINE, version="1")
    promotion.set_champion(project, PIPELINE, "2", before="1", tags={})
    promote(project, PIPELINE, version="1")
    assert "says version 1, MLflow's champion was 2" in capsys.readouterr().err
    assert promotion.champion_alias(project, PIPELINE, "promote") == "1"


def test_killed_before_the_alias_moved_the_same_command_ends_it(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(project, tmp_path / "export")

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(promotion, "set_champion", killed)
        promote(project, PIPELINE)
    promote(project, PIPELINE)
    assert file_of(project)["version"] == promotion.champion_alias(project, PIPELINE, "promote") == "1"


def test_a_version_of_an_unknown_model_or_number_is_refused(project: Project, tmp_path: Path) -> None:
    assert refusal(project).exit_code == Exit.INPUT
    registered(project, tmp_path / "export")
    assert refusal(project, version="7").exit_code == Exit.INPUT
    from tests.tracking.stores import client

    client(project).delete_model_version_tag(PIPELINE, "1", "dlpipe.fitted.digest")
    error = refusal(project)
    assert error.exit_code == Exit.INTEGRITY
    assert "dlpipe register" in error.fix


def test_a_registry_that_is_away_ends_with_4(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", nobody())
    assert refusal(project).exit_code == Exit.ENVIRONMENT


def test_json_says_what_to_do_next(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    registered(project, tmp_path / "export")
    monkeypatch.setattr(say, "json", True)
    promote(project, PIPELINE)
    found = json.loads(capsys.readouterr().out)
    assert (found["champion"]["version"], found["before"], found["undo"]) == ("1", None, None)
    assert found["next"][-1] == f"dlpipe run {PIPELINE}"
