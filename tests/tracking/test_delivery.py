from __future__ import annotations

import multiprocessing
import os
import signal
import time

from dlpipe.tracking import deliver, new_key, open_run
from dlpipe.tracking.delivery import deliver_to
from dlpipe.tracking.journal import Journal, entries
from dlpipe.tracking.store import store_of
from dlpipe.tracking.writing import ENDED_TAG
from tests.tracking.stores import PIPELINE, bare_project, client, runs


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
