"""DVC as a command: it is never imported."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core import config
from dlpipe.core.process import Stopped

if TYPE_CHECKING:
    from dlpipe.core.project import Project

STAGE_VARIABLE = "DVC_STAGE"
"""DVC sets it for the commands it runs."""

_SECONDS_TO_END = 10


def environment() -> dict[str, str]:
    """The environment with the interpreter's own folder first on PATH, so that DVC finds the right `dlpipe`."""
    here = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": os.pathsep.join([here, os.environ.get("PATH", "")]), "DVC_NO_ANALYTICS": "1"}


def dvc(project: Project, *arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
    """Runs one `dvc` command in the project; its output goes to stderr unless captured."""
    command = [sys.executable, "-m", "dvc", *arguments]
    out = subprocess.PIPE if capture else sys.stderr
    error = subprocess.PIPE if capture else None
    return subprocess.run(
        command, cwd=project.root, env=environment(), stdout=out, stderr=error, text=True, check=False
    )


def repro(project: Project, *arguments: str) -> int:
    """Runs `dvc repro` and returns its exit code. Stopped meanwhile, it first lets the running stage end well."""
    command = [sys.executable, "-m", "dvc", "repro", "--quiet", *arguments]
    with subprocess.Popen(command, cwd=project.root, env=environment(), stdout=sys.stderr) as running:
        try:
            return running.wait()
        except Stopped:
            _end_stage(running)
            raise


def _end_stage(running: subprocess.Popen[bytes]) -> None:
    import psutil

    try:
        below = psutil.Process(running.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    for process in below:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    try:
        running.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        running.kill()


def stage_address(project: Project, stage: str, pipeline: str) -> str:
    """How DVC calls a stage of a pipeline: `train@solar`, or with the file where other pipelines' wiring stands."""
    wiring = config.read(project.root / "dvc.yaml").plain("stages")
    default = wiring[stage]["foreach"]
    return f"{stage}@{pipeline}" if pipeline in default else f"pipelines/dvc.yaml:{stage}@{pipeline}"


def lock_entry(project: Project, stage: str, pipeline: str) -> dict[str, Any] | None:
    """What `dvc.lock` says of a stage: its dependencies and outputs with their MD5; None if it never ran."""
    for lock in (project.root / "dvc.lock", project.root / "pipelines" / "dvc.lock"):
        if lock.is_file():
            entry = (config.read(lock).plain("stages") or {}).get(f"{stage}@{pipeline}")
            if entry is not None:
                return entry
    return None


def output_digest(project: Project, stage: str, pipeline: str) -> str | None:
    """DVC's digest of a stage's output folder (`<md5>.dir`), None if DVC has not recorded it."""
    entry = lock_entry(project, stage, pipeline)
    return next((out["md5"] for out in entry["outs"]), None) if entry else None
