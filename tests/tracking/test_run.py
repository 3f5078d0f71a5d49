from __future__ import annotations

import math
import time

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.process import Stopped
from dlpipe.tracking import how_to_look, new_key, open_run, run_url_hint
from dlpipe.tracking.writing import DRIFT_TAG, ENDED_TAG, RUN_TAG
from tests.tracking.stores import PIPELINE, client, points, runs

DIGEST = "0123456789abcdef0123456789abcdef.dir"


def opened(project, key, **more):
    return open_run(project, PIPELINE, key, system_metrics=False, **more)


def test_one_training_is_one_run_with_all_it_said(project, tmp_path):
    key = new_key()
    picture = tmp_path / "roc.png"
    picture.write_bytes(b"picture")
    with opened(project, key, note="# Short") as run:
        run.params({"train": {"batch_size": 32}})
        run.dataset(PIPELINE, DIGEST, "data/demo/split", "training")
        for epoch in range(3):
            run.metrics({"train/loss": 1 / (epoch + 1), "val/auroc": None}, step=epoch)
        run.artifact(picture, "plots")
        picture.unlink()

    (seen,) = runs(project)
    assert seen.info.status == "FINISHED"
    assert seen.data.params == {"train.batch_size": "32"}
    assert seen.data.tags[RUN_TAG] == key
    assert seen.data.tags["mlflow.note.content"] == "# Short"
    assert seen.data.tags["mlflow.source.git.commit"] == "none"
    assert points(project, "train/loss") == [(0, 1.0), (1, 0.5), (2, 1 / 3)]
    (read,) = seen.inputs.dataset_inputs
    assert (read.dataset.digest, read.dataset.name, read.tags[0].value) == (DIGEST, PIPELINE, "training")
    (kept,) = client(project).list_artifacts(seen.info.run_id, "plots")
    assert kept.path == "plots/roc.png"
    assert not any((project.local / "journal" / key).iterdir()), "copies that were sent are removed"


def test_every_float_is_stored_as_given_and_once(project):
    with opened(project, new_key()) as run:
        for value in (math.nan, math.inf, -math.inf, 1.0):
            run.metrics({"loss": value}, step=7)
        run.metrics({"huge": 1.0}, step=2**62)

    found = points(project, "loss")
    assert len(found) == 4
    assert sum(math.isnan(value) for _, value in found) == 1
    assert points(project, "huge") == [(2**62, 1.0)]


def test_a_resumed_training_goes_on_in_its_run(project):
    key = new_key()
    with pytest.raises(Stopped), opened(project, key) as run:
        run.params({"epochs": 5})
        run.metrics({"loss": 1.0}, step=0)
        raise Stopped(Exit.TERMINATED)
    (killed,) = runs(project)
    assert killed.info.status == "KILLED"
    assert "signal" in killed.data.tags[ENDED_TAG]

    with opened(project, key) as run:
        run.params({"epochs": 9})
        run.metrics({"loss": 0.5}, step=1)

    (again,) = runs(project)
    assert again.info.run_id == killed.info.run_id
    assert again.info.status == "FINISHED"
    assert ENDED_TAG not in again.data.tags
    assert again.data.params == {"epochs": "5"}
    assert again.data.tags[DRIFT_TAG] == '{"epochs": ["5", "9"]}'
    assert points(project, "loss") == [(0, 1.0), (1, 0.5)]


@pytest.mark.parametrize(
    ("error", "said"),
    ((DlpipeError("loss is NaN", "lower the rate", Exit.NO), "loss is NaN"), (KeyError("x"), "KeyError: 'x'")),
)
def test_a_failed_training_says_why(project, error, said):
    with pytest.raises(type(error)), opened(project, new_key()):
        raise error

    (seen,) = runs(project)
    assert (seen.info.status, seen.data.tags[ENDED_TAG]) == ("FAILED", said)


def test_a_folder_of_artifacts_keeps_its_shape(project, tmp_path):
    (tmp_path / "plots" / "deep").mkdir(parents=True)
    (tmp_path / "plots" / "a.csv").write_text("a")
    (tmp_path / "plots" / "deep" / "b.csv").write_text("b")
    with opened(project, new_key()) as run:
        run.artifact(tmp_path / "plots", "evaluate")

    (seen,) = runs(project)
    listed = client(project).list_artifacts
    found = [*listed(seen.info.run_id, "evaluate"), *listed(seen.info.run_id, "evaluate/deep")]
    assert {entry.path for entry in found if not entry.is_dir} == {"evaluate/a.csv", "evaluate/deep/b.csv"}


def test_a_call_costs_the_training_microseconds(project):
    with opened(project, new_key()) as run:
        started = time.perf_counter()
        for step in range(2000):
            run.metrics({"loss": 1.0, "lr": 0.1}, step=step)
        spent = time.perf_counter() - started

    assert spent / 2000 < 0.002
    assert len(points(project, "loss")) == 2000


def test_a_journal_that_cannot_be_written_does_not_stop_the_training(project, capsys, monkeypatch):
    with opened(project, new_key()) as run:
        monkeypatch.setattr(run._journal, "append", _full)
        run.metrics({"loss": 1.0})
        run.metrics({"loss": 2.0})
        monkeypatch.undo()

    said = capsys.readouterr().err
    assert "the work goes on" in said
    assert "2 entries of the MLflow run are lost" in said
    (seen,) = runs(project)
    assert seen.info.status == "FINISHED"


def _full(*_):
    raise OSError(28, "No space left on device")


def test_system_metrics_come_through_the_journal(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.1")
    key = new_key()
    with open_run(project, PIPELINE, key):
        time.sleep(0.5)

    (seen,) = runs(project)
    assert 0 <= seen.data.metrics["system/cpu_utilization_percentage"] <= 100
    assert seen.data.metrics["system/system_memory_usage_megabytes"] > 0


def test_where_to_look(project):
    key = new_key()
    assert "dlpipe sync" in run_url_hint(project, PIPELINE, key)
    with opened(project, key):
        pass
    assert how_to_look(project, PIPELINE) == "mlflow ui --backend-store-uri sqlite:///mlflow.db"
    assert run_url_hint(project, PIPELINE, key) == f"run {PIPELINE}-{key[:8]} of experiment {PIPELINE}"
