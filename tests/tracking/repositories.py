"""Git repositories around a project, by an author of their own."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_AUTHOR = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")


def git(root: Path, *words: str) -> str:
    """What one git command in `root` says."""
    done = subprocess.run(["git", "-C", str(root), *_AUTHOR, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def committed(root: Path, *names: str) -> str:
    """Commits `names` of `root` (else its wiring and pipelines), in a new repository if it is in none; returns the commit."""
    if not any((folder / ".git").is_dir() for folder in (root, *root.parents)):
        git(root, "init", "-q", "-b", "main")
    git(root, "add", *(names or ("dvc.yaml", "pipelines")))
    git(root, "commit", "-q", "-m", "one more")
    return git(root, "rev-parse", "HEAD")
