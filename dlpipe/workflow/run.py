"""`dlpipe run`: a whole pipeline, from fetching its data to a registered model."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlpipe.core import config, dvc, files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.lock import locked
from dlpipe.core.project import LIMIT_VARIABLE, Project
from dlpipe.core.say import say
from dlpipe.core.stage import STAGES
from dlpipe.tracking import deliver
from dlpipe.workflow import closing, versions
from dlpipe.workflow.check import check_pipeline
from dlpipe.workflow.fetch import fetch_pipeline
from dlpipe.workflow.single import dvc_problem

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class _Before:
    """What DVC knew of a stage before this run."""

    started: float
    entries: Mapping[str, dict[str, Any] | None]


def run_pipeline(
    project: Project, name: str | None, *, limit: int | None = None, force: bool = False, show: bool = True
) -> None:
    """Runs what is stale of a pipeline (default: the project's default one) and, if `show`, shows where it stands.

    Raises:
        DlpipeError: a mistake in the pipeline file, data that can't be had, or DVC did not get as far as a stage.
        SystemExit: a stage failed or its answer is no; with its exit code.
    """
    pipeline = project.existing(name or default_pipeline(project))
    check_pipeline(project, pipeline)
    with locked(project.local / "locks" / f"run-{pipeline}.lock", f"`dlpipe run {pipeline}`"):
        fetch_pipeline(project, pipeline)
        if limit is not None:
            _smoke(project, pipeline, limit)
            return
        for line in versions.refresh(project, pipeline):
            say.note(line)
        before = _Before(time.time(), {stage: dvc.lock_entry(project, stage, pipeline) for stage in STAGES})
        failed = _repro(project, pipeline, force=force)
        deliver(project, pipeline)
        if show:
            closing.show(project, pipeline, {stage: _fate(project, pipeline, stage, before) for stage in STAGES})
        if failed:
            raise SystemExit(failed)


def default_pipeline(project: Project) -> str:
    """The pipeline of the root `dvc.yaml`.

    Raises:
        DlpipeError: the file names none.
    """
    stages = config.read(project.root / "dvc.yaml").plain("stages")
    over = [stage["foreach"] for stage in stages.values() if isinstance(stage, dict) and stage.get("foreach")]
    if not over:
        raise DlpipeError(f"{project.root / 'dvc.yaml'} names no pipeline", "name one: `dlpipe run NAME`")
    return str(next(iter(over[0])))


def _repro(project: Project, pipeline: str, *, force: bool) -> int:
    started = time.time()
    forced = ["--force"] if force else []
    if not dvc.repro(project, *forced, dvc.stage_address(project, "register", pipeline)):
        return 0
    for stage in STAGES:
        status = _status(project, pipeline, stage)
        if status["started"] >= started and status["exit_code"] != Exit.DONE:
            return int(status["exit_code"])
    raise dvc_problem(project, "register", pipeline)


def _status(project: Project, pipeline: str, stage: str) -> dict[str, Any]:
    path = project.status_file(pipeline, stage)
    return files.read_json(path) if path.is_file() else {"started": 0.0, "exit_code": 0, "seconds": 0.0}


def _fate(project: Project, pipeline: str, stage: str, before: _Before) -> str:
    status = _status(project, pipeline, stage)
    if status["started"] >= before.started:
        answer = {Exit.DONE: "ran", Exit.NO: "said no"}.get(Exit(status["exit_code"]), "failed")
        return f"{answer} · {status['seconds']:.0f} s"
    entry = dvc.lock_entry(project, stage, pipeline)
    if not (project.outputs(pipeline) / stage).is_dir():
        return "not reached"
    return "up to date" if entry == before.entries[stage] else "from the cache"


def _smoke(project: Project, pipeline: str, limit: int) -> None:
    """All stages over `limit` samples, outside of DVC, with outputs and an MLflow store of their own.

    It answers whether everything goes through: a gate that says no to a model of few samples is no failure.
    """
    environment = {**os.environ, LIMIT_VARIABLE: str(limit), "MLFLOW_TRACKING_URI": ""}
    os.environ[LIMIT_VARIABLE] = str(limit)
    fates = dict.fromkeys(STAGES, "not reached")
    code = 0
    for stage in STAGES:
        code = subprocess.run(
            [sys.executable, "-m", "dlpipe", stage, pipeline], env=environment, check=False
        ).returncode
        said_no = stage == "gate" and code == Exit.NO
        fates[stage] = "said no" if said_no else "failed" if code else "ran"
        if code:
            break
    closing.show(project, pipeline, fates, limit=limit)
    if "failed" in fates.values():
        raise SystemExit(code)
