"""Where a run comes from: commit, branch, dirty flag, licence, version; as MLflow tags."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dlpipe
from dlpipe.core import files

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project

NONE = "none"
"""Value of a tag that has nothing to name: no git repository, no commit yet."""

_PLAIN_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", "HEAD")
"""A difference that `git apply` takes, whatever the user has set."""

_MADE_BY_DLPIPE = (":(exclude)dvc.lock", ":(exclude)pipelines/dvc.lock", ":(exclude)pipelines/versions.yaml")
"""`dvc repro` and `dlpipe run` rewrite them while they work: alone they make nothing dirty."""


@dataclass(frozen=True)
class Commit:
    """What git says of the project."""

    commit: str
    branch: str
    dirty: bool


def _git(root: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(root), "--no-optional-locks", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def commit_of(project: Project) -> Commit | None:
    """The commit the project stands on; None without git, repository or commit.

    Dirty means: a tracked file differs from the commit, or a file below `pipelines/` is not in git.
    """
    commit = _git(project.root, "rev-parse", "HEAD")
    if commit is None:
        return None
    changed = _git(project.root, "status", "--porcelain", "--untracked-files=no", "--", ".", *_MADE_BY_DLPIPE)
    new = _git(project.root, "ls-files", "--others", "--exclude-standard", "--", "pipelines", *_MADE_BY_DLPIPE)
    branch = (_git(project.root, "branch", "--show-current") or "").strip()
    return Commit(commit.strip(), branch or NONE, bool(changed) or bool(new))


def difference(project: Project, limit_bytes: int) -> bytes:
    """What differs from the commit, as `git diff` says it; cut, and said so, beyond `limit_bytes`."""
    text = _git(project.root, *_PLAIN_DIFF, "--", ".", *_MADE_BY_DLPIPE)
    new = _git(project.root, "ls-files", "--others", "--exclude-standard", "--", "pipelines", *_MADE_BY_DLPIPE)
    head = "".join(f"# not in git: {name}\n" for name in (new or "").splitlines())
    whole = (head + (text or "")).encode()
    if len(whole) <= limit_bytes:
        return whole
    return whole[:limit_bytes] + f"\n# cut here: {len(whole) - limit_bytes:,} bytes more\n".encode()


def origin_tags(project: Project, pipeline: str) -> dict[str, str]:
    """Tags that say where a run comes from."""
    found = commit_of(project)
    return {
        "mlflow.source.git.commit": found.commit if found else NONE,
        "mlflow.source.git.branch": found.branch if found else NONE,
        "mlflow.source.git.dirty": str(found.dirty).lower() if found else NONE,
        "mlflow.source.type": "LOCAL",
        "mlflow.user": _user(),
        "dlpipe.pipeline": pipeline,
        "dlpipe.version": dlpipe.__version__,
        "dlpipe.host": socket.gethostname(),
        "dlpipe.pid": str(os.getpid()),
        **licence_tags(project, pipeline),
    }


def licence_tags(project: Project, pipeline: str) -> dict[str, str]:
    """The data's licence, as its card says; nothing where there is no card yet."""
    card = project.outputs(pipeline) / "ingest" / "card.json"
    if not card.is_file():
        return {}
    said = files.read_json(card)
    return {
        "dlpipe.data.licence": str(said.get("licence", NONE)),
        "dlpipe.data.non_commercial": str(bool(said.get("non_commercial", False))).lower(),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return NONE
