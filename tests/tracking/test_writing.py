from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.tracking.journal import Entry, number
from dlpipe.tracking.store import client_of, prepare, store_of
from dlpipe.tracking.writing import DRIFT_TAG, ENDED_TAG, RUN_TAG, Target, experiment_id, one_run
from tests.tracking.stores import PIPELINE

if TYPE_CHECKING:
    from mlflow.entities import Run as MlflowRun
    from mlflow.tracking import MlflowClient


@pytest.fixture
def seen(project: Project) -> MlflowClient:
    store = store_of(project, PIPELINE)
    prepare(store)
    return client_of(store)


@pytest.fixture
def target(seen: MlflowClient, project: Project, tmp_path: Path) -> Target:
    """A run that has just been made."""
    run = seen.create_run(experiment_id(seen, PIPELINE, project.root / "mlruns"), start_time=1000)
    return Target(seen, run.info.run_id, tmp_path / "spool", {})


def written(target: Target, *entries: tuple[str, dict[str, Any]]) -> MlflowRun:
    """The run once these entries are written, each kind with its neighbours."""
    for kind, data in entries:
        target.write([Entry(2000, kind, data, 0)])
    return target.client.get_run(target.run_id)


def test_an_experiment_is_made_once_and_its_files_lie_in_the_project(seen: MlflowClient, project: Project) -> None:
    made = [experiment_id(seen, PIPELINE, project.root / "mlruns") for _ in range(2)]
    assert made[0] == made[1]
    place = seen.get_experiment(made[0]).artifact_location
    assert place == (project.root / "mlruns" / PIPELINE).as_uri()


def test_trainings_that_start_at_once_share_an_experiment(seen: MlflowClient, project: Project) -> None:
    barrier, found = threading.Barrier(4), list[str]()

    def start() -> None:
        barrier.wait()
        found.append(experiment_id(seen, PIPELINE, project.root / "mlruns"))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_deleted_experiment_is_named_with_the_way_back(seen: MlflowClient) -> None:
    made = experiment_id(seen, PIPELINE, None)
    seen.delete_experiment(made)
    with pytest.raises(DlpipeError, match=f"'{PIPELINE}' has been deleted") as refused:
        experiment_id(seen, PIPELINE, None)
    assert refused.value.exit_code == Exit.ENVIRONMENT
    assert f"mlflow experiments restore --experiment-id {made}" in refused.value.fix
    seen.restore_experiment(made)
    assert experiment_id(seen, PIPELINE, None) == made


def test_of_two_runs_of_one_training_the_one_with_numbers_stays(seen: MlflowClient) -> None:
    """Made twice, because the answer to the first call was lost."""
    experiment = experiment_id(seen, PIPELINE, None)
    assert one_run(seen, experiment, RUN_TAG, "abc") is None
    ids = [seen.create_run(experiment, start_time=at, tags={RUN_TAG: "abc"}).info.run_id for at in (1, 2, 3)]
    other = seen.create_run(experiment, tags={RUN_TAG: "def"}).info.run_id
    found = one_run(seen, experiment, RUN_TAG, "abc")
    assert found is not None
    assert found.info.run_id == ids[0]
    assert {run.info.run_id for run in seen.search_runs([experiment])} == {ids[0], other}

    seen.restore_run(ids[1])
    seen.log_metric(ids[1], "loss", 1.0)
    found = one_run(seen, experiment, RUN_TAG, "abc")
    assert found is not None
    assert found.info.run_id == ids[1]


def test_numbers_keep_their_step_time_and_value(target: Target) -> None:
    entries = [
        Entry(2000 + step, "metrics", {"values": {"loss": number(value)}, "step": step}, 0)
        for step, value in enumerate((0.1, float("inf"), float("-inf"), 1e-300))
    ]
    target.write(entries)
    target.write(entries)
    history = target.client.get_metric_history(target.run_id, "loss")
    assert [(point.timestamp, point.step) for point in history] == [(2000 + step, step) for step in range(4)]
    assert (history[0].value, history[3].value) == (0.1, 1e-300)
    assert history[1].value > 1e300 > -1e300 > history[2].value


@pytest.mark.parametrize("kind", ("metrics", "params", "tags"))
def test_more_names_than_mlflow_takes_at_once_arrive(
    target: Target, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """An evaluation by many groups has thousands of numbers."""
    count = 1100 if kind == "metrics" else 250
    values = {f"group/{index}": 1.0 if kind == "metrics" else "one" for index in range(count)}
    run = written(target, (kind, {"values": values, "step": 0}))
    has = {"metrics": run.data.metrics, "params": run.data.params, "tags": run.data.tags}[kind]
    assert values.items() <= has.items()
    assert capsys.readouterr().err == ""


def test_what_mlflow_refuses_is_left_out_and_named(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    run = written(
        target,
        ("metrics", {"values": {"bad@name": 1.0, "good": 2.0}, "step": 0}),
        ("params", {"values": {"bad@param": "1", "epochs": "3"}}),
        ("tags", {"values": {"": "1", "team": "solar"}}),
    )
    assert run.data.metrics == {"good": 2.0}
    assert run.data.params == {"epochs": "3"}
    assert run.data.tags["team"] == "solar"
    said = capsys.readouterr().err
    assert "does not take bad@name" in said
    assert "does not take bad@param" in said
    assert said.count("warning") == 3


def test_a_parameter_keeps_its_first_value_and_the_change_is_told(target: Target) -> None:
    run = written(
        target,
        ("params", {"values": {"epochs": "5", "rate": "0.1"}}),
        ("params", {"values": {"epochs": "9", "rate": "0.1", "size": "x" * 500}}),
    )
    assert run.data.params == {"epochs": "5", "rate": "0.1", "size": "x" * 500}
    assert json.loads(run.data.tags[DRIFT_TAG]) == {"epochs": ["5", "9"]}

    again = Target(target.client, target.run_id, target.spool, dict(run.data.params))
    run = written(again, ("params", {"values": {"epochs": "5", "size": "y" * 500}}))
    assert json.loads(run.data.tags[DRIFT_TAG]) == {"size": ["x" * 200, "y" * 200]}


def test_a_run_ends_and_goes_on(target: Target) -> None:
    run = written(target, ("end", {"status": "FAILED", "why": "loss is NaN"}))
    assert (run.info.status, run.info.end_time, run.data.tags[ENDED_TAG]) == ("FAILED", 2000, "loss is NaN")
    run = written(target, ("open", {"tags": {"mlflow.note.content": "again"}}))
    assert (run.info.status, run.data.tags["mlflow.note.content"]) == ("RUNNING", "again")
    assert ENDED_TAG not in run.data.tags
    run = written(target, ("end", {"status": "FINISHED", "why": ""}))
    assert (run.info.status, ENDED_TAG in run.data.tags) == ("FINISHED", False)


def test_a_file_comes_from_its_copy(target: Target) -> None:
    (target.spool / "1").mkdir(parents=True)
    (target.spool / "1" / "roc.png").write_bytes(b"picture")
    written(target, ("artifact", {"copy": "1", "name": "roc.png", "folder": "plots"}))
    (kept,) = target.client.list_artifacts(target.run_id, "plots")
    assert Path(target.client.download_artifacts(target.run_id, kept.path)).read_bytes() == b"picture"


def test_a_copy_that_went_to_another_store_stops_nothing(target: Target) -> None:
    run = written(
        target,
        ("artifact", {"copy": "gone", "name": "roc.png", "folder": ""}),
        ("metrics", {"values": {"later": 3.0}, "step": 0}),
    )
    assert run.data.metrics == {"later": 3.0}
    assert target.client.list_artifacts(target.run_id) == []


def test_a_data_set_is_named_by_its_digest_and_counts_once(target: Target) -> None:
    said = {"name": PIPELINE, "digest": "0" * 32 + ".dir", "source": "data/demo/split", "context": "training"}
    run = written(target, ("dataset", said), ("dataset", said))
    assert run.inputs is not None
    (read,) = run.inputs.dataset_inputs
    assert (read.dataset.name, read.dataset.digest) == (PIPELINE, "0" * 32 + ".dir")
    assert "data/demo/split" in read.dataset.source
    assert [(tag.key, tag.value) for tag in read.tags] == [("mlflow.data.context", "training")]


def test_entries_of_a_later_dlpipe_are_passed_over(target: Target) -> None:
    before = target.client.get_run(target.run_id).to_dictionary()
    assert written(target, ("attach", {}), ("hologram", {"values": {}})).to_dictionary() == before
