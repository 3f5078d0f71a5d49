"""Where a pipeline stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.core.stage import STAGES
from dlpipe.workflow import status
from dlpipe.workflow.status import show_status, states

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project


@pytest.fixture
def project(project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_factory("demo", num_samples=2)
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def ran(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """As if DVC knew every stage."""
    monkeypatch.setattr(status, "_recorded", lambda project: {f"{stage}@demo" for stage in STAGES})
    for stage in STAGES:
        ended(project, stage, 0)
    return project


def ended(project: Project, stage: str, code: int) -> None:
    path = project.status_file("demo", stage)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_json(path, {"exit_code": code, "seconds": 1.5, "started": 1.0})


def names(found: dict[str, Any]) -> dict[str, str]:
    return {stage: state.state for stage, state in found.items()}


def test_a_fresh_project_by_the_real_dvc(project: Project, capsys: pytest.CaptureFixture[str]):
    say.json = True
    show_status(None)
    said = json.loads(capsys.readouterr().out)
    assert {state["state"] for state in said["demo"].values()} == {"never ran"}
    assert said["demo"]["ingest"]["reason"] == ""
    assert said["demo"]["clean"]["reason"] == "waits for ingest, embed"


def test_all_done(ran: Project):
    found = states(ran, "demo", {})
    assert set(names(found).values()) == {"done"}
    assert found["train"].seconds == 1.5


def test_a_changed_setting_makes_its_stage_stale_and_those_after_it_wait(ran: Project):
    found = states(
        ran, "demo", {"train@demo": [{"changed deps": {"pipelines/demo.yaml": {"train.epochs": "modified"}}}]}
    )
    assert found["train"].reason == "train.epochs in pipelines/demo.yaml is modified"
    assert names(found)["split"] == "done"
    assert names(found)["train"] == names(found)["export"] == "stale"
    assert found["export"].reason == "waits for train"


def test_outputs_that_are_gone_and_other_commands(ran: Project):
    found = states(ran, "demo", {"gate@demo": [{"changed outs": {"data/demo/gate": "deleted"}}, "changed command"]})
    assert found["gate"].reason == "data/demo/gate is deleted; changed command"


@pytest.mark.parametrize(("code", "state"), ((1, "failed"), (3, "said no"), (130, "failed")))
def test_a_stage_that_ended_badly(ran: Project, code: int, state: str):
    ended(ran, "gate", code)
    found = states(ran, "demo", {"gate@demo": [{"changed deps": {"x": "modified"}}]})
    assert names(found)["gate"] == state
    assert found["gate"].reason
    assert names(found)["register"] == "stale"


def test_check_is_exit_3(ran: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(status, "changed", lambda project: {})
    show_status("demo", check=True)
    monkeypatch.setattr(status, "changed", lambda project: {"gate@demo": ["changed command"]})
    with pytest.raises(DlpipeError, match="not up to date: demo") as caught:
        show_status("demo", check=True)
    assert caught.value.exit_code == Exit.NO
    assert "changed command" in capsys.readouterr().out


def test_what_dvc_cannot_tell_is_one_sentence(project: Project):
    (project.root / "dvc.yaml").write_text("stages: {")
    with pytest.raises(DlpipeError, match="`dvc status` failed") as caught:
        show_status(None)
    assert caught.value.exit_code == Exit.ENVIRONMENT
