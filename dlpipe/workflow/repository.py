"""Makes a folder a git and DVC repository, set up so that nothing of this machine gets into it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from dlpipe.core import files
from dlpipe.core.dvc import dvc
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say

if TYPE_CHECKING:
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


def make_repository(project: Project) -> None:
    """`git init` and `dvc init`, each where it is not yet done; without git, DVC works without it.

    Raises:
        DlpipeError: git or DVC refuses.
    """
    if (project.root / ".dvc").is_dir():
        return
    top = _git_top(project.root)
    if top is None and shutil.which("git"):
        _git(project.root, "init", "--quiet")
        top = project.root
    if top is None:
        say.warn("git is not installed: the project has no history until you install it and run `git init`")
    ignored = (project.root / ".dvcignore").exists()
    option = ["--no-scm"] if top is None else ["--subdir"] if top != project.root else []
    done = dvc(project, "init", "--quiet", *option, capture=True)
    if done.returncode:
        problem = f"`dvc init` failed in {project.root}: {done.stderr.strip()[-300:]}"
        raise DlpipeError(problem, "`dlpipe doctor` shows what is missing", Exit.ENVIRONMENT)
    files.write_text(project.root / ".dvc" / "config", _DVC_CONFIG + ("" if top else "    no_scm = true\n"))
    if not ignored:
        (project.root / ".dvcignore").unlink(missing_ok=True)  # DVC's own holds comments only


def _git_top(folder: Path) -> Path | None:
    if not shutil.which("git"):
        return None
    done = subprocess.run(
        ["git", "rev-parse", "--show-toplevel"], cwd=folder, capture_output=True, text=True, check=False
    )
    return Path(done.stdout.rstrip("\n")).resolve() if done.returncode == 0 else None


def _git(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        problem = f"`git {' '.join(arguments)}` failed in {folder}: {done.stderr.strip()[-300:]}"
        raise DlpipeError(problem, "mend git, then run `dlpipe init` again", Exit.ENVIRONMENT)
