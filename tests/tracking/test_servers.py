"""A server that is away, slow or wrong never stops or delays a training, and gets everything once it is back."""

from __future__ import annotations

import shutil
import time

import pytest

from dlpipe.tracking import attach_run, deliver, new_key, open_run
from tests.tracking.servers import nobody, real_server, stub
from tests.tracking.stores import PIPELINE, runs

STEPS = 200


@pytest.fixture(autouse=True)
def few_retries(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("dlpipe.tracking.feeder._SERVER_PATIENCE_S", 0.5)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")


def train(project, key):
    """Seconds that the loop and the end of a training take."""
    with open_run(project, PIPELINE, key, system_metrics=False) as run:
        started = time.monotonic()
        for step in range(STEPS):
            run.metrics({"loss": 1 / (step + 1)}, step=step)
            time.sleep(0.001)
        looped = time.monotonic()
    ended = time.monotonic()
    run._feeder._thread.join(60)
    return looped - started, ended - looped


@pytest.mark.parametrize("how", ("gone", "500", "slow", "page"))
def test_the_training_does_not_wait(project, monkeypatch, impatient, capsys, how):
    with stub(status=500) as failing, stub(delay_s=30) as slow, stub(status=200, body=b"<html>hello</html>") as page:
        address = {"gone": nobody(), "500": failing, "slow": slow, "page": page}[how]
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        loop, end = train(project, new_key())

    assert loop < 2, "200 steps of a millisecond"
    assert end < 4
    said = capsys.readouterr().err
    assert "`dlpipe sync` sends them" in said
    assert "Traceback" not in said


def test_nothing_is_lost_while_the_server_is_away(project, monkeypatch, impatient, tmp_path):
    key = new_key()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", nobody())
    train(project, key)
    with attach_run(project, PIPELINE, key) as run:
        run.metrics({"test/auroc": 0.9})
    run._feeder._thread.join(60)
    waiting = deliver(project, PIPELINE)
    assert (waiting.sent, waiting.problems != []) == (0, True)
    assert waiting.left == STEPS + 4

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    assert deliver(project, PIPELINE).left == 0, "it waits for the server that was set, not for another store"
    assert runs(project) == []


@pytest.mark.parametrize("lost", ("before", "after"))
def test_a_server_that_loses_every_third_call_gets_everything_once(database, project, monkeypatch, tmp_path, lost):
    """`after`: MLflow's client sends again what the server has done already, so it is asked twice for everything."""
    from mlflow.tracking import MlflowClient

    kept = tmp_path / "server.db"
    shutil.copyfile(database, kept)
    key = new_key()
    picture = tmp_path / "roc.png"
    picture.write_bytes(b"picture")
    with real_server(kept, tmp_path / "artifacts", lambda n: lost if n % 3 == 0 else "") as address:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        with open_run(project, PIPELINE, key, system_metrics=False) as run:
            run.params({"lr": 0.1})
            run.dataset(PIPELINE, "0" * 32 + ".dir", "data/demo/split", "training")
            for step in range(50):
                run.metrics({"loss": float(step)}, step=step)
                time.sleep(0.01)
            run.artifact(picture)
        run._feeder._thread.join(60)
        for _ in range(20):
            if not deliver(project, PIPELINE).left:
                break
    seen = MlflowClient(f"sqlite:///{kept}")
    (found,) = runs(project, seen)
    history = seen.get_metric_history(found.info.run_id, "loss")
    assert sorted((point.step, point.value) for point in history) == [(step, float(step)) for step in range(50)]
    assert (found.info.status, found.data.params) == ("FINISHED", {"lr": "0.1"})
    assert len(found.inputs.dataset_inputs) == 1
    assert [path.read_bytes() for path in (tmp_path / "artifacts").rglob("roc.png")] == [b"picture"]
