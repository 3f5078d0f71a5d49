"""A project's own MLflow database after its folder was moved or copied.

MLflow remembers where artifacts lie as whole paths, and no call of its changes them: in the new place it finds none of the
old files, and writes new ones to where the project once lay. So the paths are put right in the database itself.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say

_PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Tables and columns in which MLflow keeps where files lie."""


def follow(database: Path, artifacts: Path) -> None:
    """Has `database` look for files in `artifacts`, if it still names the folder that it was made beside, elsewhere.

    Nothing is changed while `artifacts` is not there, or if both are one folder by two names.

    Raises:
        DlpipeError: it cannot be written to.
    """
    try:
        with closing(sqlite3.connect(database, timeout=20, isolation_level=None)) as connection:
            old = _made_beside(connection)
            if old is not None and artifacts.is_dir() and _path(old).resolve() != artifacts.resolve():
                _replace(connection, old, artifacts.absolute().as_uri())
                say.note(
                    f"the project lay elsewhere before: {database.name} looks for files in {artifacts} from now on"
                )
    except sqlite3.OperationalError as error:
        problem = f"the project lay elsewhere before, and {database} cannot be told: {error}"
        raise DlpipeError(problem, "make it writable, or make room, and try again", Exit.ENVIRONMENT) from error


def _replace(connection: sqlite3.Connection, old: str, new: str) -> None:
    connection.execute("begin immediate")
    for table, column in _PLACES:
        connection.execute(
            f"update {table} set {column} = ? || substr({column}, ?) where substr({column}, 1, ?) = ?",  # noqa: S608 - names from above
            (new, len(old) + 1, len(old) + 1, f"{old}/"),
        )
    connection.execute("commit")


def _made_beside(connection: sqlite3.Connection) -> str | None:
    """The folder of artifacts that the database was made with: that of MLflow's first experiment, which nobody writes to."""
    found = connection.execute("select artifact_location from experiments where experiment_id = 0").fetchone()
    if found is None or not str(found[0]).startswith("file:") or not str(found[0]).endswith("/mlruns/0"):
        return None
    return str(found[0]).removesuffix("/0")


def _path(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))
