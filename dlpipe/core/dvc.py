"""DVC as a command: it is never imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core import config

if TYPE_CHECKING:
    from dlpipe.core.project import Project

STAGE_VARIABLE = "DVC_STAGE"
"""DVC sets it for the commands it runs."""


def environment() -> dict[str, str]:
    """This process's environment with its own interpreter's folder first on PATH, so that DVC finds this `dlpipe`."""
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
