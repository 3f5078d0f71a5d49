from __future__ import annotations

import multiprocessing
import os
import signal
import time

import pytest

from dlpipe.tracking import attach_run, deliver, new_key, open_run, sending
from dlpipe.tracking.delivery import deliver_to
from dlpipe.tracking.journal import Journal, entries
from dlpipe.tracking.store import client_of, store_of
from dlpipe.tracking.writing import ENDED_TAG
from tests.tracking.stores import PIPELINE, bare_project, client, points, runs


def die(project, key):
    """A training whose process is killed after MLflow knows of it."""

    def train() -> None:
        run = open_run(project, PIPELINE, key, system_metrics=False)
        run.metrics({"loss": 1.0}, step=0)
        while run._sender.left():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGKILL)

    client(project)  # imports mlflow, which the process then shares
    process = multiprocessing.get_context("fork").Process(target=train)
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


def test_a_killed_training_does_not_stay_running(project):
    key = new_key()
    die(project, key)
    (seen,) = runs(project)
    assert seen.info.status == "RUNNING"

    with open_run(project, PIPELINE, new_key(), system_metrics=False):
        time.sleep(1.5)

    killed = next(run for run in runs(project) if run.data.tags["dlpipe.run"] == key)
    assert killed.info.status == "KILLED"
    assert "ended without a word" in killed.data.tags[ENDED_TAG]
    assert killed.info.end_time is not None
    assert killed.data.metrics == {"loss": 1.0}

    with open_run(project, PIPELINE, key, system_metrics=False) as run:
        run.metrics({"loss": 0.5}, step=1)
    resumed = next(run for run in runs(project) if run.data.tags["dlpipe.run"] == key)
    assert (resumed.info.run_id, resumed.info.status) == (killed.info.run_id, "FINISHED")
    assert ENDED_TAG not in resumed.data.tags


def test_a_training_that_lives_is_left_alone(project):
    with open_run(project, PIPELINE, new_key(), system_metrics=False) as run:
        while not run._sender.position.run_id:
            time.sleep(0.05)
        deliver(project, PIPELINE)
        (seen,) = runs(project)
        assert seen.info.status == "RUNNING"


def test_a_run_of_another_machine_is_dead_only_after_an_hour_of_silence(project):
    key = new_key()
    journal = Journal(project.local / "journal", key)
    journal.append("open", {"experiment": PIPELINE, "host": "elsewhere", "pid": 1, "store": "x", "tags": {}})
    journal.close()
    deliver(project, PIPELINE)
    assert [entry.kind for entry in entries(journal.path)] == ["open"]

    long_ago = time.time() - 7200
    os.utime(journal.path, (long_ago, long_ago))
    deliver(project, PIPELINE)
    assert [entry.kind for entry in entries(journal.path)] == ["open", "end"]


def test_nothing_to_deliver_costs_nothing(tmp_path):
    """Not even the import of mlflow, nor a database."""
    project = bare_project(tmp_path / "project")
    deliver(project, PIPELINE)
    assert not (project.root / "mlflow.db").exists()


class Failing:
    """A client whose nth call fails, before or after it is done."""

    def __init__(self, client, nth, how):
        self._client, self._left, self._how = client, nth, how

    def __getattr__(self, name):
        def call(*args, **kwargs):
            self._left -= 1
            if self._left == 0 and self._how == "before":
                raise ConnectionError("lost")
            answer = getattr(self._client, name)(*args, **kwargs)
            if self._left == 0:
                raise ConnectionError("lost")
            return answer

        return call


@pytest.mark.parametrize("how", ("before", "after"))
def test_whichever_call_is_lost_everything_arrives_once(project, monkeypatch, tmp_path, how):
    picture = tmp_path / "roc.png"
    picture.write_bytes(b"picture")
    key, nth = new_key(), {"n": 0}
    journal_only(project, key, picture)

    def next_fails(store):
        nth["n"] += 1
        return Failing(client_of(store), nth["n"], how)

    monkeypatch.setattr(sending, "client_of", next_fails)
    for _ in range(60):
        if not deliver(project, PIPELINE).left:
            break

    assert nth["n"] > 5, "the calls were lost one after the other"
    assert points(project, "loss") == [(step, float(step)) for step in range(30)]
    (seen,) = runs(project)
    assert (seen.info.status, seen.data.params) == ("FINISHED", {"lr": "0.1"})
    assert len(seen.inputs.dataset_inputs) == 1
    assert [file.path for file in client(project).list_artifacts(seen.info.run_id)] == ["roc.png"]


def journal_only(project, key, picture):
    """A whole training whose process never reached MLflow."""
    store = store_of(project, PIPELINE)
    journal = Journal(store.journals, key)
    journal.append("open", {"experiment": PIPELINE, "store": store.identity, "host": "h", "pid": 1, "tags": {}})
    journal.append("params", {"values": {"lr": "0.1"}})
    journal.append("dataset", {"name": "d", "digest": "0" * 32 + ".dir", "source": "s", "context": "training"})
    for step in range(30):
        journal.append("metrics", {"values": {"loss": float(step)}, "step": step})
        if step == 10:
            (journal.spool / "1").mkdir(parents=True)
            (journal.spool / "1" / picture.name).write_bytes(picture.read_bytes())
            journal.append("artifact", {"copy": "1", "name": picture.name, "folder": ""})
    journal.append("end", {"status": "FINISHED", "why": ""})
    journal.close()


def test_a_lost_database_is_filled_again_from_the_journals(project, database):
    import shutil

    keys = [new_key(), new_key()]
    for key in keys:
        with open_run(project, PIPELINE, key, system_metrics=False) as run:
            run.metrics({"loss": 1.0})
    shutil.copyfile(database, project.root / "mlflow.db")
    assert runs(project) == []

    assert deliver(project, PIPELINE).sent == 0
    deliver_to(store_of(project, PIPELINE), everything=True)
    assert {run.data.tags["dlpipe.run"] for run in runs(project)} == set(keys)
    assert all(run.data.metrics == {"loss": 1.0} for run in runs(project))


def test_a_deleted_experiment_is_named(project):
    key = new_key()
    with open_run(project, PIPELINE, key, system_metrics=False):
        pass
    seen = client(project)
    seen.delete_experiment(seen.get_experiment_by_name(PIPELINE).experiment_id)
    other = new_key()
    with attach_run(project, PIPELINE, other) as run:
        run._feeder._LOCAL_PATIENCE_S = 0
        run.metrics({"a": 1.0})
        time.sleep(1.2)
        assert "mlflow experiments restore" in str(getattr(run._feeder.problem, "fix", ""))
        seen.restore_experiment(seen.get_experiment_by_name(PIPELINE).experiment_id)
    assert len(runs(project)) == 2
