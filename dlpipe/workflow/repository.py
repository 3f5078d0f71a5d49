"""Makes a folder a git and DVC repository, set up so that nothing of this machine gets into it."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project

IGNORED = {
    ".gitignore": """\
# environments and caches
.venv/
__pycache__/

# what dlpipe makes on this machine: checkpoints, caches, packages, locks, status
.dlpipe/
# drafts of stage outputs, and outputs set aside while a new one moves in
.*.draft/
.*.old/

# MLflow's local store
mlflow.db
mlflow.db-*
mlruns/
mlartifacts/
""",
    ".dvcignore": "__pycache__\n.venv\n.dlpipe\n.git\n",
}
"""Files of the root and the lines they must have."""

_DVC_CONFIG = """\
[core]
    analytics = false
    check_update = false
    site_cache_dir = ../.dlpipe/dvc-site
"""
"""DVC keeps pickles in its site cache; by default in a folder that everybody on the machine may write to."""


def make_git(project: Project) -> None:
    """`git init` where the folder is in no repository yet; without git, a warning.

    Raises:
        DlpipeError: git refuses.
    """
    if not shutil.which("git"):
        say.warn("git is not installed: the project has no history until you install it and run `git init`")
        return
    if _git(project.root, "rev-parse", "--show-toplevel").returncode == 0:
        return
    done = _git(project.root, "init", "--quiet")
    if done.returncode:
        problem = f"`git init` failed in {project.root}: {done.stderr.strip()[-300:]}"
        raise DlpipeError(problem, "mend git, then run `dlpipe init` again", Exit.ENVIRONMENT)


def dvc_files(project: Project) -> dict[Path, str]:
    """What `dvc init` would write, with settings that keep DVC quiet and its caches private; empty if DVC is there."""
    folder = project.root / ".dvc"
    if (folder / "config").is_file():
        return {}
    scm = "" if shutil.which("git") else "    no_scm = true\n"
    return {folder / ".gitignore": "/config.local\n/tmp\n/cache\n", folder / "config": _DVC_CONFIG + scm}


def ignore_files(project: Project) -> dict[Path, str]:
    """`.gitignore` and `.dvcignore` with the lines that they lack."""
    grown: dict[Path, str] = {}
    for file, wanted in IGNORED.items():
        path = project.root / file
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        known = {line.strip() for line in there.splitlines()}
        lacking = [line for line in wanted.splitlines() if line and line not in known]
        if not there:
            grown[path] = wanted
        elif any(not line.startswith("#") for line in lacking):
            grown[path] = there.rstrip("\n") + "\n\n" + "\n".join(lacking) + "\n"
    return grown


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
