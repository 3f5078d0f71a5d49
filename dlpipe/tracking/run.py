"""One MLflow run as a stage sees it: methods that only write a journal line and return at once."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from dlpipe.core.project import Project

Status = Literal["FINISHED", "FAILED", "KILLED"]


def new_key() -> str:
    """A key for a run that does not exist yet: a random UUID in hex. A resumed training keeps its old one."""
    return uuid.uuid4().hex


class Run:
    """A run that is open in this process. Every method returns at once; none raises because MLflow is away."""

    key: str

    def params(self, params: Mapping[str, Any]) -> None:
        """Settings. Nested mappings are flattened with dots; values over 6,000 characters are cut.

        A parameter that had another value before (a resumed run) keeps the first one; the tag
        `dlpipe.params.drift` says what changed.
        """
        raise NotImplementedError

    def metrics(self, metrics: Mapping[str, float | None], step: int | None = None) -> None:
        """Numbers of one step (an epoch, or None for a number that has no steps), stored once with this moment's time.

        None (undefined) is left out. Characters that MLflow does not take in a name become `_`.
        """
        raise NotImplementedError

    def tags(self, tags: Mapping[str, str]) -> None:
        """Words about the run; a later value replaces an earlier one. `mlflow.note.content` is the description."""
        raise NotImplementedError

    def artifact(self, path: Path, folder: str = "") -> None:
        """A file (or every file below a folder), copied now, to be shown on the run below `folder`."""
        raise NotImplementedError

    def dataset(self, name: str, digest: str, source: str, context: str) -> None:
        """What the run read: `digest` as DVC knows it (`<md5>.dir`), `source` the path, `context` training, test, …"""
        raise NotImplementedError

    def end(self, status: Status = "FINISHED", why: str = "") -> None:
        """Ends the run and waits a few seconds for MLflow; says what remains for `dlpipe sync`. Twice is once."""
        raise NotImplementedError

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """FINISHED; FAILED after an exception; KILLED after a signal (`Stopped`)."""
        raise NotImplementedError


def open_run(
    project: Project,
    pipeline: str,
    key: str,
    *,
    note: str = "",
    tags: Mapping[str, str] | None = None,
    system_metrics: bool = True,
) -> Run:
    """Starts the run of a training in this process, or goes on with it if the key has been open before.

    The experiment is the pipeline. Tags for commit, branch, dirty flag, licence and dlpipe's version are set here; runs
    of this project whose process has died are marked KILLED. Imports mlflow (about 2 s).

    Args:
        project: The project.
        pipeline: Name of the pipeline.
        key: `new_key()`, or the key of the training that is resumed.
        note: Short Markdown that MLflow shows on the run's page.
        tags: More tags.
        system_metrics: Whether CPU, memory, disk and GPU are sampled while the run is open.

    Raises:
        DlpipeError: the store cannot be used (a `file:` store, a damaged database, another schema), or the run is open
            in another process. A server that is away is no reason.
    """
    raise NotImplementedError


def attach_run(project: Project, pipeline: str, key: str) -> Run:
    """Opens a run that has ended, to add to it; its status stays. Where this store has no such run, it is made.

    Raises:
        DlpipeError: as `open_run`.
    """
    raise NotImplementedError
