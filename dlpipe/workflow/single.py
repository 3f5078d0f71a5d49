"""One stage: in this process for DVC and for launchers, through DVC for a person, so that `dvc.lock` never lies."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dlpipe.core import dvc, files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.core.process import end_with_parent
from dlpipe.core.project import Project, find_project, smoke_limit
from dlpipe.core.rank import is_launched, is_main_rank
from dlpipe.core.say import say
from dlpipe.core.stage import RAW, STAGES, SUMMARY
from dlpipe.workflow.raw import check_raw

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType


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
        refused = _through_dvc(project, stage, pipeline, force=force)
        _show(project, stage, pipeline)
        if refused:
            raise SystemExit(Exit.NO)


def _show(project: Project, stage: str, pipeline: str) -> None:
    """Prints the stage's summary; a person gets the table of a stage that has one of its own."""
    folder = project.outputs(pipeline) / stage
    say.result(files.read_json(folder / SUMMARY), None if say.json else _page(folder, stage))


def _page(folder: Path, stage: str) -> RenderableType | None:
    from rich.console import Group
    from rich.text import Text

    from dlpipe.clean.terminal import audit_table
    from dlpipe.report import evaluation_table, gate_table

    pages = {
        "clean": ("report.json", audit_table),
        "evaluate": ("evaluation.json", evaluation_table),
        "gate": ("gate.json", gate_table),
    }
    if stage not in pages:
        return None
    name, table = pages[stage]
    shown = table(files.read_json(folder / name))
    if not (report := folder / "report.html").is_file():
        return shown
    return Group(shown, Text(""), Text(f"report: {report}", no_wrap=True, overflow="ignore"))


def _through_dvc(project: Project, stage: str, pipeline: str, *, force: bool) -> bool:
    """Whether the stage published its outputs and its answer is no.

    Raises:
        SystemExit: it failed.
        DlpipeError: DVC did not get as far.
    """
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
        return False
    if ran and (said := files.read_json(status))["exit_code"] != Exit.DONE:
        summary = project.outputs(pipeline) / stage / SUMMARY
        if said["exit_code"] == Exit.NO and summary.is_file() and summary.stat().st_mtime >= said["started"]:
            return True
        raise SystemExit(said["exit_code"])
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
