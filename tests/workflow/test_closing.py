from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dlpipe.core import files
from dlpipe.core.say import say
from dlpipe.core.stage import STAGES
from dlpipe.workflow import closing

if TYPE_CHECKING:
    from dlpipe.core.project import Project


@pytest.fixture
def project(project_factory) -> Project:
    project = project_factory()
    for stage, facts in {"ingest": {"num_samples": 12, "labels": {"a": 6}}, "clean": {"num_kept": 11}}.items():
        folder = project.outputs("demo") / stage
        folder.mkdir()
        files.write_json(folder / "summary.json", facts)
    return project


def _fates(**said: str) -> dict[str, str]:
    return {**dict.fromkeys(STAGES, "not reached"), **said}


def test_json_holds_every_fate_and_every_summary(project: Project, capsys) -> None:
    say.json = True
    closing.show(project, "demo", _fates(ingest="ran · 1 s", clean="failed · 1 s"))
    answer = json.loads(capsys.readouterr().out)
    assert answer["fates"]["clean"] == "failed · 1 s"
    assert answer["stages"] == {"ingest": {"num_samples": 12, "labels": {"a": 6}}, "clean": {"num_kept": 11}}


def test_a_stopped_run_says_what_to_do(project: Project, capsys) -> None:
    closing.show(project, "demo", _fates(ingest="ran · 1 s", clean="failed · 1 s"))
    said = capsys.readouterr().out
    assert "samples 12" in said
    assert "mend what stopped it, then `dlpipe run demo`" in said
    assert "git add" not in said


def test_a_finished_run_says_what_to_keep_and_how_to_use_it(project: Project, capsys) -> None:
    closing.show(project, "demo", dict.fromkeys(STAGES, "up to date"))
    said = capsys.readouterr().out
    for line in ("git add", "dvc push", "mlflow ui", "dvc plots show", "dlpipe predict demo", "dlpipe serve demo"):
        assert line in said


def test_a_no_of_the_gate_is_no_failure(project: Project, capsys) -> None:
    closing.show(
        project, "demo", {**dict.fromkeys(STAGES, "ran · 1 s"), "gate": "said no · 1 s", "register": "not reached"}
    )
    said = capsys.readouterr().out
    assert "nothing was registered" in said
    assert "dlpipe predict demo" in said


def test_a_smoke_run_says_where_its_outputs_are(project: Project, capsys, monkeypatch) -> None:
    monkeypatch.setenv("DLPIPE_LIMIT", "50")
    closing.show(project, "demo", _fates(), limit=50)
    said = capsys.readouterr().out.replace("\n", "")
    assert "smoke" in said
    assert "next: dlpipe run demo" in said
