from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.lock import locked
from dlpipe.core.stage import STAGES
from dlpipe.workflow import run as running
from tests.typed import run

if TYPE_CHECKING:
    from dlpipe.core.project import Project


def test_the_default_pipeline_is_the_root_wiring_s(project_factory) -> None:
    assert running.default_pipeline(project_factory()) == "demo"


def test_a_wiring_without_pipelines_is_told(project_factory) -> None:
    project: Project = project_factory()
    (project.root / "dvc.yaml").write_text("stages:\n  ingest:\n    cmd: 'true'\n", encoding="utf-8")
    with pytest.raises(DlpipeError) as told:
        running.default_pipeline(project)
    assert "dlpipe run NAME" in told.value.fix


def test_two_runs_at_once(project_factory) -> None:
    project: Project = project_factory()
    with locked(project.local / "locks" / "run-demo.lock", "a test"):
        done = run(["dlpipe", "run", "demo"], project.root, code=Exit.ENVIRONMENT)
    assert "busy" in done.stderr
    assert "process" in done.stderr, "it says who holds the lock"


def test_mistakes_are_told_before_anything_is_fetched_or_run(project_factory) -> None:
    project: Project = project_factory(sections={"clean": {"cheks": {}}, "gate": {"limit": {}}})
    done = run(["dlpipe", "run"], project.root, code=Exit.INPUT)
    assert "did you mean 'checks'" in done.stderr
    assert "did you mean 'limits'" in done.stderr
    assert not project.outputs("demo").joinpath("ingest").exists()


@pytest.mark.parametrize(
    ("status", "published", "entry", "fate"),
    (
        ({"exit_code": 0, "seconds": 3.2}, True, "new", "ran · 3 s"),
        ({"exit_code": 3, "seconds": 1.0}, True, None, "said no · 1 s"),
        ({"exit_code": 4, "seconds": 1.0}, False, None, "failed · 1 s"),
        (None, False, None, "not reached"),
        (None, True, "new", "from the cache"),
        (None, True, "old", "up to date"),
    ),
)
def test_the_fate_of_a_stage(project_factory, monkeypatch, status, published, entry, fate) -> None:
    project: Project = project_factory()
    before = running._Before(time.time() - 10, {stage: {"md5": "old"} for stage in STAGES})
    if status is not None:
        path = project.status_file("demo", "label")
        path.parent.mkdir(parents=True)
        files.write_json(path, {**status, "started": time.time()})
    if published:
        (project.outputs("demo") / "label").mkdir()
    monkeypatch.setattr(running.dvc, "lock_entry", lambda *_: {"md5": entry} if entry else None)
    assert running._fate(project, "demo", "label", before) == fate
