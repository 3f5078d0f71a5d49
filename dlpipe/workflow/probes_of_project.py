"""What `dlpipe doctor` asks of a project: DVC's settings and MLflow's store."""

from __future__ import annotations

import os
import sqlite3
import urllib.request
from configparser import ConfigParser, Error
from contextlib import closing
from typing import TYPE_CHECKING

from dlpipe.core import champion
from dlpipe.core.errors import DlpipeError
from dlpipe.workflow.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlpipe.core.project import Project

_SERVER_SECONDS = 5
_HALF_MIGRATED = "_alembic_tmp_"


def look(project: Project | None) -> Iterator[Finding]:
    """All findings, in the order in which they are shown; outside of a project only that."""
    if project is None:
        yield Finding("project", "ok", "none here; `dlpipe init NAME` makes one")
        return
    yield Finding("project", "ok", f"{project.root}: {', '.join(project.pipelines()) or 'no pipeline yet'}")
    yield _dvc(project.root / ".dvc" / "config")
    store = _mlflow(project, os.environ.get("MLFLOW_TRACKING_URI", ""))
    yield store
    if store.state == "ok":
        yield from _champions(project)


def _dvc(path: Path) -> Finding:
    if not path.is_file():
        return Finding("dvc", "missing", f"no {path}", "dvc init")
    settings = ConfigParser(interpolation=None)
    try:
        settings.read(path, encoding="utf-8")
    except (Error, UnicodeDecodeError) as error:
        return Finding("dvc", "missing", f"{path}: {str(error).splitlines()[0]}", "mend the file")
    cache = settings.get("core", "site_cache_dir", fallback=os.environ.get("DVC_SITE_CACHE_DIR"))
    if cache is None:
        says = "DVC keeps pickles in a folder of the system that everybody may write to"
        return Finding("dvc", "weak", says, "dvc config core.site_cache_dir ../.dlpipe/dvc-site")
    remotes = [section.split('"')[1] for section in settings.sections() if section.count('"') > 1]
    says = (
        f"remotes: {', '.join(remotes)}" if remotes else "no remote: `dvc remote add -d NAME URL` makes `dvc push` work"
    )
    return Finding("dvc", "ok", says)


def _mlflow(project: Project, uri: str) -> Finding:
    if uri.startswith(("http://", "https://")):
        return _server(uri)
    if uri and not uri.startswith("sqlite:///"):
        return Finding("mlflow", "ok", "a store named by MLFLOW_TRACKING_URI, which is not looked into")
    return _database(project.root / (uri.removeprefix("sqlite:///") or "mlflow.db"))


def _server(uri: str) -> Finding:
    shown = uri.rpartition("@")[2] if "@" in uri else uri
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=_SERVER_SECONDS):  # noqa: S310 - http(s) only
            return Finding("mlflow", "ok", f"{shown} answers")
    except (OSError, ValueError) as error:
        fix = (
            "start it, or unset MLFLOW_TRACKING_URI; training goes on without it and `dlpipe sync` sends the rest later"
        )
        return Finding("mlflow", "weak", f"{shown} does not answer: {error}", fix)


def _database(path: Path) -> Finding:
    if not path.exists():
        return Finding("mlflow", "ok", f"{path} is made at the first training")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
    except sqlite3.Error as error:
        return Finding("mlflow", "missing", f"{path} cannot be read: {error}", _away(path))
    left = [name for name in tables if name.startswith(_HALF_MIGRATED)]
    if left:
        says = f"{path} is half migrated (table {left[0]}): several programs opened it while it was new"
        return Finding("mlflow", "missing", says, _away(path))
    return Finding("mlflow", "ok", str(path))


def _champions(project: Project) -> Iterator[Finding]:
    """Where git and MLflow name different champions; silent where no pipeline has one."""
    from dlpipe.tracking.promotion import champion_alias
    from dlpipe.tracking.store import store_of

    for pipeline in project.pipelines():
        database = store_of(project, pipeline).database
        path = project.champion_file(pipeline)
        if (database is not None and not database.is_file()) or not path.is_file():
            continue
        try:
            said = champion.read(path)
            alias = champion_alias(project, pipeline, "promote")
        except DlpipeError as error:
            yield Finding("champion", "weak", error.problem, error.fix)
            continue
        version = None if said is None else said.version
        if version != alias:
            says = f"{pipeline}: git says {_called(version)}, MLflow says {_called(alias)}"
            yield Finding("champion", "weak", says, f"`dlpipe promote {pipeline} --version {version or alias}`")
        elif version is not None:
            yield Finding("champion", "ok", f"{pipeline}: {_called(version)}, in git and in MLflow")


def _called(version: str | None) -> str:
    return "nobody" if version is None else f"version {version}"


def _away(path: Path) -> str:
    return f"`mv {path} {path}-broken`, then `dlpipe sync --all` makes a new one from this machine's journals"
