from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.tracking import attach_run, moved, open_run
from dlpipe.tracking.looking import evaluated_run
from dlpipe.tracking.store import prepare, store_of
from tests.tracking.stores import PIPELINE, bare_project, client, runs

KEY = "abc123" + "0" * 26


@pytest.fixture
def lived_in(tmp_path: Path) -> Project:
    """A project whose database was made in it, with a run that was evaluated and a registered version."""
    project = bare_project(tmp_path / "a project's first place, 100 %")
    prepare(store_of(project, PIPELINE))
    with open_run(project, PIPELINE, KEY) as run:
        run.params({"epochs": 4})
    for name in ("evaluation.json", "predictions.parquet"):
        (tmp_path / name).write_text(name)
        with attach_run(project, PIPELINE, KEY) as run:
            run.artifact(tmp_path / name, folder="evaluate")
    seen = client(project)
    (made,) = runs(project)
    seen.create_registered_model(PIPELINE)
    seen.create_model_version(PIPELINE, f"{made.info.artifact_uri}/model", made.info.run_id)
    return project


def places(project: Project) -> list[str]:
    """All that the database says of where files lie."""
    with sqlite3.connect(project.root / "mlflow.db") as connection:
        found = [
            connection.execute(f"select {column} from {table} where {column} is not null").fetchall()  # noqa: S608
            for table, column in moved._PLACES
        ]
    connection.close()
    return [str(place) for rows in found for (place,) in rows]


def test_old_files_are_found_and_new_ones_stay_in_the_new_place(lived_in: Project, tmp_path: Path) -> None:
    old = lived_in.root.as_uri()
    assert len([place for place in places(lived_in) if place.startswith(old)]) >= 5
    project = Project(lived_in.root.rename(tmp_path / "second"))
    with open_run(project, PIPELINE, "def456" + "0" * 26) as run:
        run.artifact(tmp_path / "evaluation.json")
    assert not [place for place in places(project) if place.startswith(old)]
    assert not lived_in.root.exists(), "nothing is written where the project lay"
    assert len(list((project.root / "mlruns").rglob("evaluation.json"))) == 2
    (first,) = (run for run in runs(project) if run.data.tags["dlpipe.run"] == KEY)
    assert evaluated_run(project, first.info.run_id, tmp_path).evaluation.read_text() == "evaluation.json"
    (version,) = client(project).search_model_versions()
    assert version.source == f"{project.root.as_uri()}/mlruns/{PIPELINE}/{first.info.run_id}/artifacts/model"


def test_a_copy_leaves_the_original_alone(lived_in: Project, tmp_path: Path) -> None:
    copied = Project(shutil.copytree(lived_in.root, tmp_path / "copy"))
    before = places(lived_in)
    prepare(store_of(copied, PIPELINE))
    assert all(place.startswith(copied.root.as_uri()) for place in places(copied) if place.startswith("file:"))
    prepare(store_of(lived_in, PIPELINE))
    assert places(lived_in) == before


def test_another_name_of_the_same_folder_is_no_move(lived_in: Project, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(lived_in.root)
    before = places(lived_in)
    prepare(store_of(Project(tmp_path / "link"), PIPELINE))
    assert places(lived_in) == before


def test_what_lies_outside_stays_there(lived_in: Project, tmp_path: Path) -> None:
    """An experiment of the user's own, on a bucket, and one whose folder begins with the same letters."""
    seen = client(lived_in)
    places_of_its_own = ["s3://bucket/mlruns/mine", f"{lived_in.root.as_uri()}/mlruns-of-mine/1"]
    for number, place in enumerate(places_of_its_own):
        seen.create_experiment(f"mine-{number}", artifact_location=place)
    project = Project(lived_in.root.rename(tmp_path / "second"))
    prepare(store_of(project, PIPELINE))
    assert [place for place in places(project) if "mine" in place] == places_of_its_own


def test_a_database_without_its_files_keeps_what_it_says(lived_in: Project, tmp_path: Path) -> None:
    other = bare_project(tmp_path / "other")
    shutil.copyfile(lived_in.root / "mlflow.db", other.root / "mlflow.db")
    prepare(store_of(other, PIPELINE))
    assert places(other) == places(lived_in)


def test_what_cannot_be_written_to_is_said(lived_in: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(moved, "_replace", full)
    project = Project(lived_in.root.rename(tmp_path / "second"))
    with pytest.raises(DlpipeError, match="cannot be told: database or disk is full") as refused:
        prepare(store_of(project, PIPELINE))
    assert refused.value.exit_code is Exit.ENVIRONMENT
