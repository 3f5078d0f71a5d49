from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from dlpipe.core import dvc
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.workflow import single
from tests.published import publish_vectors
from tests.typed import run

if TYPE_CHECKING:
    from dlpipe.core.project import Project


def test_a_person_goes_through_dvc(project_factory) -> None:
    project: Project = project_factory()
    said = json.loads(run(["dlpipe", "ingest", "demo", "--json"], project.root).stdout)
    assert said["num_samples"] == 12
    assert dvc.lock_entry(project, "ingest", "demo") is not None
    again = run(["dlpipe", "ingest", "demo"], project.root)
    assert "up to date" in again.stderr


def test_the_exit_code_of_a_stage_comes_through_dvc(project_factory) -> None:
    project: Project = project_factory(num_samples=0)
    (project.data("demo") / "raw").mkdir(parents=True, exist_ok=True)
    done = run(["dlpipe", "ingest", "demo"], project.root, code=Exit.INPUT)
    assert "fix:" in done.stderr


def test_a_stage_that_dvc_started_runs_here(project_factory, monkeypatch: pytest.MonkeyPatch) -> None:
    project: Project = project_factory()
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("DVC_STAGE", "ingest@demo")
    monkeypatch.setattr(single, "end_with_parent", lambda: None)
    monkeypatch.setattr(dvc, "repro", lambda *_: pytest.fail("DVC was started by what DVC started"))
    single.run_single("ingest", "demo")
    assert (project.outputs("demo") / "ingest" / "samples.parquet").is_file()


def test_a_launched_stage_is_committed_by_rank_0(project_factory, monkeypatch: pytest.MonkeyPatch) -> None:
    project: Project = project_factory()
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "run")
    monkeypatch.setenv("RANK", "0")
    single.run_single("ingest", "demo")
    assert dvc.lock_entry(project, "ingest", "demo") is not None


def test_dvc_that_stops_before_the_stage_is_told_in_its_own_words(project_factory) -> None:
    project: Project = project_factory()
    wiring = project.root / "dvc.yaml"
    wiring.write_text(wiring.read_text(encoding="utf-8").replace("deps:", "depps:"), encoding="utf-8")
    problem = single.dvc_problem(project, "ingest", "demo")
    assert isinstance(problem, DlpipeError)
    assert problem.exit_code == Exit.ENVIRONMENT
    assert "dvc.yaml" in problem.problem


def test_a_pipeline_that_is_not_there(project_factory) -> None:
    project: Project = project_factory()
    done = subprocess.run(
        ["dlpipe", "ingest", "demmo"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
        env=dvc.environment(),
    )
    assert done.returncode == Exit.INPUT
    assert "did you mean 'demo'" in done.stderr


def test_an_answer_that_is_no_is_told_all_the_same(project_factory) -> None:
    project: Project = project_factory(sections={"clean": {"checks": {"dark": {}}, "limits": {"dark": {"at_most": 0}}}})
    Image.new("RGB", (32, 32)).save(project.data("demo") / "raw" / "circles" / "black.png")
    run(["dlpipe", "ingest", "demo", "--quiet"], project.root)
    publish_vectors(project)
    done = run(["dlpipe", "clean", "demo", "--json"], project.root, code=Exit.NO)
    assert json.loads(done.stdout)["limits"] == {"dark": "fail"}
    assert "dark: 0.07692 (1 of 13), at most 0 is allowed" in done.stderr
