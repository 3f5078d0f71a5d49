"""Which MLflow store a pipeline writes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlpipe.core.project import Project


def how_to_look(project: Project, pipeline: str) -> str:
    """The command line that shows the runs: `mlflow ui --backend-store-uri …`, or the server's address."""
    raise NotImplementedError


def run_url_hint(project: Project, pipeline: str, key: str) -> str:
    """Where a run can be looked at, in words for the closing summary; nothing is contacted."""
    raise NotImplementedError
