"""MLflow's database: made once and whole, never half migrated, never upgraded where it is shared.

Several processes that open a fresh SQLite file at once ruin it for good, so dlpipe makes it beside its place, under a
kernel lock, and links it in when it is whole.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.lock import locked
from dlpipe.core.say import say
from dlpipe.tracking import moved

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

_HALF = "_alembic_tmp_"


def ready(database: Path, artifacts: Path, *, own: bool) -> None:
    """Sees to it that `database` is there and of this MLflow's schema; one of its own also looks for files beside it.

    Raises:
        DlpipeError: it is damaged, half migrated, newer than this MLflow, or older and not this project's own (5); it was
            moved and cannot be written to (4).
    """
    with locked(database.with_name(f"{database.name}-lock"), f"{database}", wait=True):
        if not database.is_file() or database.stat().st_size == 0:
            _make(database, artifacts)
            return
        found = _revision(database)
        scripts = _scripts()
        head = scripts.get_current_head()
        if found != head:
            if found not in {script.revision for script in scripts.walk_revisions()}:
                raise _newer(str(database), found, str(head))
            if not own:
                raise _older(f"sqlite:///{database}", found, str(head))
            _migrate(database, artifacts, found)
        if own:
            moved.follow(database, artifacts)


def check_shared(uri: str, shown: str) -> None:
    """Refuses a shared database of another schema: MLflow itself would upgrade some of them when it opens them.

    A database that does not answer is no reason: it may come back while the training runs.

    Raises:
        DlpipeError: it is of another version.
    """
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlalchemy.exc import OperationalError

    engine = create_engine(uri)
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        say.warn(f"MLflow's database {shown} does not answer: {str(error.orig).splitlines()[0]}")
        return
    finally:
        engine.dispose()
    scripts = _scripts()
    if found == scripts.get_current_head():
        return
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise _newer(shown, found, str(scripts.get_current_head()))
    raise _older(shown, found or "none", str(scripts.get_current_head()))


@cache
def _scripts() -> ScriptDirectory:
    """MLflow's own migrations: dozens of files, read once in a process."""
    import mlflow
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(Path(mlflow.__file__).parent / "store" / "db_migrations"))


def _revision(database: Path) -> str:
    try:
        # rw, not ro: a process killed in the middle of a transaction leaves a journal that the next reader rolls back
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, timeout=20)) as connection:
            tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
            versions = connection.execute("select version_num from alembic_version").fetchall() if tables else []
    except sqlite3.DatabaseError as error:
        if "alembic_version" in str(error):
            raise _half(database, "it has no version") from error
        problem = f"{database} cannot be read as MLflow's database: {error}"
        raise DlpipeError(problem, _mend(database), Exit.INTEGRITY) from error
    left = sorted(name for name in tables if name.startswith(_HALF))
    if left:
        raise _half(database, f"the table {left[0]} is left over")
    if len(versions) != 1:
        raise _half(database, f"it has {len(versions)} versions")
    return str(versions[0][0])


def _make(database: Path, artifacts: Path) -> None:
    """Makes the database beside its place and links it in; whoever was faster wins."""
    say.note(f"MLflow's database is made: {database}")
    draft = database.with_name(f"{database.name}-draft-{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        _open(draft, artifacts)
        if database.is_file() and database.stat().st_size == 0:
            draft.replace(database)
        else:
            os.link(draft, database)
    except FileExistsError:
        say.detail(f"{database} was made by another program meanwhile")
    finally:
        draft.unlink(missing_ok=True)


def _open(database: Path, artifacts: Path) -> None:
    """Has MLflow create or upgrade all tables."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore(f"sqlite:///{database}", artifacts.absolute().as_uri())
    store.engine.dispose()


def _migrate(database: Path, artifacts: Path, found: str) -> None:
    """Upgrades a copy, keeps the old file beside it, and puts the copy in place."""
    kept = database.with_name(f"{database.name}-before-{found}")
    draft = database.with_name(f"{database.name}-draft-{os.getpid()}")
    say.note(f"{database} is of an older MLflow and is migrated; the old one is kept as {kept.name}")
    draft.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(database)) as old, closing(sqlite3.connect(draft)) as new:
            old.backup(new)
        command = [sys.executable, "-m", "mlflow", "db", "upgrade", f"sqlite:///{draft}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise DlpipeError(f"{database} could not be migrated: {said}", _mend(database), Exit.INTEGRITY)
        _open(draft, artifacts)
        kept.unlink(missing_ok=True)
        os.link(database, kept)
        draft.replace(database)
    finally:
        draft.unlink(missing_ok=True)


def _mend(database: Path) -> str:
    return (
        f"`mv {database} {database}-broken`, then `dlpipe sync --all`: it makes a new one and fills it from the "
        "journals of this machine (registered versions are made again by `dlpipe register NAME --force`)"
    )


def _half(database: Path, why: str) -> DlpipeError:
    problem = f"{database} is half migrated: {why}; several programs opened it at once while it was new"
    return DlpipeError(problem, _mend(database), Exit.INTEGRITY)


def _newer(shown: str, found: str, head: str) -> DlpipeError:
    import mlflow

    problem = f"{shown} has schema {found}, which this MLflow {mlflow.__version__} (schema {head}) does not know"
    return DlpipeError(problem, "install the MLflow that wrote it, or a newer one", Exit.INTEGRITY)


def _older(shown: str, found: str, head: str) -> DlpipeError:
    import mlflow

    problem = f"{shown} has schema {found}, this MLflow {mlflow.__version__} needs {head}; a shared database is never upgraded unasked"
    fix = f"after a backup `mlflow db upgrade {shown}`, or install the MLflow that wrote it"
    return DlpipeError(problem, fix, Exit.INTEGRITY)
