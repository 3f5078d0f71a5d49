from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dlpipe.core.project import Project
from dlpipe.tracking import Run, attach_run, how_to_look, new_key, open_run, run_url_hint
from dlpipe.tracking.journal import Journal, checked_key, entries
from dlpipe.tracking.store import store_of
from tests.tracking.repositories import committed
from tests.tracking.stores import PIPELINE, client, runs


def opened(project: Project, key: str, note: str = "", tags: Mapping[str, str] | None = None) -> Run:
    return open_run(project, PIPELINE, key, note=note, tags=tags, system_metrics=False)


def attached(project: Project, key: str) -> Run:
    return attach_run(project, PIPELINE, key)


def left_open(project: Project, key: str, host: str) -> Journal:
    """What a training leaves that was killed before it reached MLflow."""
    store = store_of(project, PIPELINE)
    journal = Journal(store.journals, key)
    journal.append("open", {"experiment": PIPELINE, "host": host, "pid": 1, "store": store.identity, "tags": {}})
    journal.close()
    return journal


def test_every_key_is_new_and_can_name_a_file() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(checked_key(key) for key in keys)


def test_a_run_says_what_it_is_and_where_it_comes_from(project: Project) -> None:
    commit = committed(project.root)
    card = project.outputs(PIPELINE) / "ingest" / "card.json"
    card.parent.mkdir(parents=True)
    card.write_text('{"licence": "CC-BY-NC-SA-4.0", "non_commercial": true}')
    key = new_key()
    with opened(project, key, note="# Short", tags={"team": "solar"}):
        pass

    (seen,) = runs(project)
    assert seen.info.run_name == f"{PIPELINE}-{key[:8]}"
    assert str(seen.info.run_name) in run_url_hint(project, PIPELINE, key)
    assert {
        "dlpipe.run": key,
        "mlflow.note.content": "# Short",
        "mlflow.source.name": f"dlpipe train {PIPELINE}",
        "mlflow.source.git.commit": commit,
        "mlflow.source.git.dirty": "false",
        "dlpipe.data.licence": "CC-BY-NC-SA-4.0",
        "team": "solar",
    }.items() <= seen.data.tags.items()


def test_a_resumed_run_says_what_it_comes_from_now(project: Project) -> None:
    committed(project.root)
    key = new_key()
    with opened(project, key, note="first"):
        pass
    project.pipeline_file(PIPELINE).write_text("dataset: {groups: [a]}\n")
    with opened(project, key, note="second"):
        pass

    (seen,) = runs(project)
    assert (seen.data.tags["mlflow.source.git.dirty"], seen.data.tags["mlflow.note.content"]) == ("true", "second")


def test_runs_of_dead_processes_are_ended_but_not_the_one_that_goes_on(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    own, dead = (left_open(project, new_key(), socket.gethostname()) for _ in range(2))
    elsewhere = left_open(project, new_key(), "another-machine")
    with opened(project, own.key):
        pass

    assert [entry.kind for entry in entries(own.path)] == ["open", "open", "end"]
    *_, last = entries(dead.path)
    assert (last.kind, last.data["status"]) == ("end", "KILLED")
    assert [entry.kind for entry in entries(elsewhere.path)] == ["open"]
    said = capsys.readouterr().err
    assert f"run {dead.key[:8]} was killed" in said
    assert own.key[:8] not in said


def test_the_evaluation_adds_to_the_run_and_leaves_its_status(project: Project) -> None:
    key = new_key()
    with opened(project, key, note="of the training"):
        pass
    (before,) = runs(project)
    with attached(project, key) as run:
        run.metrics({"test/auroc": 0.9})

    (seen,) = runs(project)
    assert seen.data.metrics == {"test/auroc": 0.9}
    assert (seen.info.status, seen.info.end_time) == ("FINISHED", before.info.end_time)
    assert seen.data.tags == before.data.tags


def test_a_run_that_this_store_does_not_know_is_made_once(project: Project) -> None:
    """A second clone gets the model from the cache and evaluates it into a store of its own."""
    key = new_key()
    for auroc in (0.8, 0.9):
        with attached(project, key) as run:
            run.metrics({"test/auroc": auroc})

    (seen,) = runs(project)
    assert seen.info.status == "FINISHED"
    assert seen.data.tags["dlpipe.trained"] == "elsewhere"
    assert seen.data.metrics == {"test/auroc": 0.9}


@pytest.mark.parametrize("opening", (opened, attached))
def test_only_rank_0_tracks(
    project: Project, monkeypatch: pytest.MonkeyPatch, opening: Callable[[Project, str], Run]
) -> None:
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(ValueError, match="rank 0"):
        opening(project, new_key())
    assert not (project.local / "journal").exists()


def test_a_smoke_run_has_a_store_of_its_own(project: Project, monkeypatch: pytest.MonkeyPatch, database: Path) -> None:
    monkeypatch.setenv("DLPIPE_LIMIT", "20")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    home = project.outputs(PIPELINE)
    home.mkdir(parents=True)
    shutil.copyfile(database, home / "mlflow.db")
    with opened(project, new_key()) as run:
        run.metrics({"loss": 1.0})

    assert runs(project) == []
    assert [made.data.metrics for made in runs(project, client(Project(home)))] == [{"loss": 1.0}]
    assert not (project.local / "journal").exists()
    assert ".dlpipe/smoke/demo-20/mlflow.db" in how_to_look(project, PIPELINE)


def test_the_process_is_named_so_that_its_death_can_be_noticed(project: Project) -> None:
    key = new_key()
    with opened(project, key):
        first = next(entries(store_of(project, PIPELINE).journals / f"{key}.jsonl"))
    assert (first.kind, first.data["pid"], first.data["host"]) == ("open", os.getpid(), socket.gethostname())
