"""One stage: in this process for DVC and for launchers, through DVC for a person, so that `dvc.lock` never lies."""

from __future__ import annotations

import os

from dlpipe.core import dvc, files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.core.process import end_with_parent
from dlpipe.core.project import Project, find_project, smoke_limit
from dlpipe.core.rank import is_launched, is_main_rank
from dlpipe.core.say import say
from dlpipe.core.stage import RAW, STAGES, SUMMARY
from dlpipe.workflow.raw import check_raw


def run_single(stage: str, pipeline: str, *, force: bool = False) -> None:
    """Runs one stage of a pipeline and prints its summary.

    Raises:
        DlpipeError: whatever stopped it.
    """
    project = find_project()
    project.existing(pipeline)
    if dvc.STAGE_VARIABLE in os.environ or smoke_limit() is not None:
        end_with_parent()
        say.note(f"{stage} …")
        for line in execute(stage, pipeline, project).notes:
            say.note(f"  {line}")
    elif is_launched():
        end_with_parent()
        execute(stage, pipeline, project)
        if is_main_rank():
            dvc.dvc(project, "commit", "--force", "--quiet", dvc.stage_address(project, stage, pipeline))
    else:
        _through_dvc(project, stage, pipeline, force=force)
        say.result(files.read_json(project.outputs(pipeline) / stage / SUMMARY))


def _through_dvc(project: Project, stage: str, pipeline: str, *, force: bool) -> None:
    if RAW in STAGES[stage].reads:
        check_raw(project, pipeline)
    status = project.status_file(pipeline, stage)
    before = status.stat().st_mtime_ns if status.is_file() else None
    forced = ["--force"] if force else []
    address = dvc.stage_address(project, stage, pipeline)
    failed = dvc.repro(project, "--single-item", *forced, address)
    ran = status.is_file() and status.stat().st_mtime_ns != before
    if not failed:
        say.note(f"{stage}: done" if ran else f"{stage}: up to date")
        return
    if ran and (code := files.read_json(status)["exit_code"]) != Exit.DONE:
        raise SystemExit(code)
    raise dvc_problem(project, stage, pipeline)


def dvc_problem(project: Project, stage: str, pipeline: str) -> DlpipeError:
    """Why DVC did not get as far as the stage, in DVC's own words."""
    said = dvc.dvc(project, "repro", "--single-item", dvc.stage_address(project, stage, pipeline), capture=True)
    lines = [line.strip() for line in said.stderr.splitlines() if line.strip()]
    errors = (
        [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")] or lines or ["no reason given"]
    )
    problem = f"DVC could not run {stage}@{pipeline}: {errors[0]}"
    return DlpipeError(problem, f"`dvc repro --verbose {stage}@{pipeline}` shows more", Exit.ENVIRONMENT)
