"""Which MLflow store a pipeline writes to, and what must be true before MLflow may open it."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError
from dlpipe.core.project import smoke_limit

if TYPE_CHECKING:
    from collections.abc import Generator

    from mlflow.tracking import MlflowClient

    from dlpipe.core.project import Project

TRACKING_VARIABLE = "MLFLOW_TRACKING_URI"
_REGISTRY_VARIABLE = "MLFLOW_REGISTRY_URI"
_DATABASE = "mlflow.db"
_SQLITE = "sqlite:///"
_DATABASES = ("postgresql", "mysql", "mssql")

_SETTINGS = {
    # A server that is away is noticed in seconds, not after MLflow's own four minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
"""Set only where the user has not."""

_TIMEOUT_VARIABLE = "MLFLOW_HTTP_REQUEST_TIMEOUT"
_UPLOAD_S = "120"

_ours: set[str] = set()
"""Those of `_SETTINGS` that dlpipe has set in this process."""


@dataclass(frozen=True)
class Store:
    """One MLflow store and the journals that are sent to it."""

    uri: str
    registry_uri: str
    journals: Path
    database: Path | None = None
    """The SQLite file, where the store is one."""
    artifacts: Path | None = None
    """Where artifacts lie; None where a server decides."""
    own: bool = False
    """Whether the store belongs to this project alone, so that dlpipe may migrate it."""

    @property
    def shown(self) -> str:
        """The address without user and password."""
        return without_secrets(self.uri)

    @property
    def identity(self) -> str:
        """A short name of the store that a new password does not change."""
        return hashlib.sha256(self.shown.encode()).hexdigest()[:16]


def without_secrets(uri: str) -> str:
    """An address without user, password and query."""
    if uri.startswith(_SQLITE):
        return uri
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def store_of(project: Project, pipeline: str | None) -> Store:
    """The store that `MLFLOW_TRACKING_URI` names, else `mlflow.db` of the project; in a smoke run one of its own.

    Raises:
        DlpipeError: it is a folder of files, which MLflow no longer writes.
        ValueError: a smoke run without a pipeline; a bug of the caller.
    """
    if smoke_limit() is not None:
        if pipeline is None:
            raise ValueError("a smoke run's store belongs to one pipeline")
        home = project.outputs(pipeline)
        return _sqlite(home / _DATABASE, home / "journal", own=True)
    journals = project.local / "journal"
    uri = os.environ.get(TRACKING_VARIABLE, "").strip()
    if not uri:
        return _sqlite(project.root / _DATABASE, journals, own=True)
    if uri.startswith(_SQLITE):
        path = project.root / uri.removeprefix(_SQLITE)
        return _sqlite(path, journals, own=path == project.root / _DATABASE)
    if uri.startswith("file:") or not ("://" in uri or uri.startswith("databricks")):
        problem = f"{TRACKING_VARIABLE}={uri} is a folder of files, which MLflow no longer writes"
        fix = f"`mlflow migrate-filestore --source {uri.removeprefix('file://')} --target {_SQLITE}{_DATABASE}` moves it into a database"
        raise DlpipeError(problem, f"{fix}; then unset {TRACKING_VARIABLE}")
    return Store(uri, _registry(uri), journals)


def _sqlite(database: Path, journals: Path, *, own: bool) -> Store:
    uri = f"{_SQLITE}{database}"
    return Store(uri, _registry(uri), journals, database, database.parent / "mlruns", own)


def _registry(uri: str) -> str:
    if smoke_limit() is not None:
        return uri
    return os.environ.get(_REGISTRY_VARIABLE, "").strip() or uri


def prepare(store: Store) -> None:
    """Makes a local store ready and refuses one that cannot be used; a server is not contacted. Imports mlflow.

    Raises:
        DlpipeError: the database is damaged, half migrated, or of another version of MLflow.
    """
    from dlpipe.tracking import schema

    quiet()
    if store.database is not None:
        schema.ready(store.database, store.artifacts or store.database.parent, own=store.own)
    elif store.uri.startswith(_DATABASES):
        schema.check_shared(store.uri, store.shown)


def quiet() -> None:
    """Imports mlflow with its telemetry, its progress bars and its chatter off; what fails is raised anyway."""
    import logging

    for name, value in _SETTINGS.items():
        if name not in os.environ:
            os.environ[name] = value
            _ours.add(name)
    import_module("mlflow")  # first: its import sets the loggers that are turned down here
    for name, level in (("mlflow", logging.CRITICAL), ("alembic", logging.ERROR), ("urllib3", logging.ERROR)):
        logging.getLogger(name).setLevel(level)


@contextmanager
def patient() -> Generator[None]:
    """Gives a server minutes to store a file, where the user has set no timeout."""
    if _TIMEOUT_VARIABLE not in _ours:
        yield
        return
    os.environ[_TIMEOUT_VARIABLE] = _UPLOAD_S
    try:
        yield
    finally:
        os.environ[_TIMEOUT_VARIABLE] = _SETTINGS[_TIMEOUT_VARIABLE]


def client_of(store: Store) -> MlflowClient:
    """MLflow's client of this store; nothing global is set."""
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=store.uri, registry_uri=store.registry_uri)


def how_to_look(project: Project, pipeline: str) -> str:
    """The command line that shows the runs: `mlflow ui --backend-store-uri …`, or the server's address."""
    store = store_of(project, pipeline)
    if store.database is None:
        return store.shown
    inside = store.database.is_relative_to(project.root)
    path = store.database.relative_to(project.root) if inside else store.database
    return f"mlflow ui --backend-store-uri {_SQLITE}{path}"


def run_url_hint(project: Project, pipeline: str, key: str) -> str:
    """Where a run can be looked at, in words for the closing summary; nothing is contacted."""
    store = store_of(project, pipeline)
    sent = store.journals / f"{key}.sent.json"
    found = files.read_json(sent).get(store.identity) if sent.is_file() else None
    if found is None:
        return f"run {key[:8]} has not reached MLflow yet; `dlpipe sync` sends it"
    if store.uri.startswith("http"):
        return f"{store.shown.rstrip('/')}/#/experiments/{found['experiment_id']}/runs/{found['run_id']}"
    return f"run {pipeline}-{key[:8]} of experiment {pipeline}"
