from __future__ import annotations

import json

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.tracking import new_key, open_run
from dlpipe.workflow.sync import sync
from tests.tracking.servers import nobody
from tests.tracking.stores import PIPELINE, bare_project


@pytest.fixture
def away(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", nobody())


def answer(capsys):
    return json.loads(capsys.readouterr().out)


def test_nothing_waits(tmp_path, capsys):
    say.json = True
    sync(bare_project(tmp_path / "project"))
    assert answer(capsys) == {"sent": 0, "left": 0, "runs_for_another_store": 0}


def test_a_server_that_is_away_is_the_environments_fault(tmp_path, away, capsys, monkeypatch):
    project = bare_project(tmp_path / "project")
    with open_run(project, PIPELINE, new_key(), system_metrics=False) as run:
        run.metrics({"loss": 1.0})
    run._feeder._thread.join(60)
    capsys.readouterr()
    say.json = True
    with pytest.raises(DlpipeError, match="3 entries still wait") as refused:
        sync(project)
    assert refused.value.exit_code == Exit.ENVIRONMENT
    assert answer(capsys) == {"sent": 0, "left": 3, "runs_for_another_store": 0}

    monkeypatch.setenv("MLFLOW_TRACKING_URI", nobody())
    sync(project)
    assert answer(capsys) == {"sent": 0, "left": 0, "runs_for_another_store": 1}
