"""Of which group each file is, for a model that decides by group: one value for all, or a table."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

from dlpipe.core.errors import DlpipeError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dlpipe.decision import GroupRules

PATH = "path"


def groups_for(
    rules: GroupRules | None, paths: Sequence[Path], group: str | None, table: Path | None
) -> list[str] | None:
    """The group of every file; None for a model that asks for none.

    Args:
        rules: The model's.
        paths: The files.
        group: The value of all of them.
        table: A CSV with a column `path` (as given on the command line, or relative to the table) and one of the
            attribute's name.

    Raises:
        DlpipeError: the model needs groups and gets none, or a file has none, or one that the model does not know;
            both ways are used at once, or one without need.
    """
    if group is not None and table is not None:
        raise DlpipeError("`--group` and `--groups` contradict one another", "choose one of them")
    if rules is None:
        if group is not None or table is not None:
            raise DlpipeError("this model decides alike for all groups", "take `--group` and `--groups` out")
        return None
    if group is None and table is None:
        fix = f"`--group VALUE` for all files, or `--groups FILE.csv` with the columns '{PATH}' and '{rules.by}'"
        raise DlpipeError(f"this model decides by '{rules.by}': say which of {rules.values} each file is of", fix)
    return rules.checked([group] * len(paths) if table is None else _read(table, rules.by, paths))


def _read(table: Path, by: str, paths: Sequence[Path]) -> list[str]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            known, rows = list(reader.fieldnames or ()), list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DlpipeError(f"{table} cannot be read as CSV: {why}", "give a CSV in UTF-8") from error
    for column in (PATH, by):
        if column not in known:
            problem = f"{table} has no column '{column}'" + (f"; {nearest(column, known)}" if known else "")
            raise DlpipeError(problem, f"it needs the columns '{PATH}' and '{by}'")
    held: dict[str, str] = {}
    for row in rows:
        for place in (table.parent / (row[PATH] or ""), row[PATH] or ""):
            held[os.path.abspath(place)] = row[by] or ""  # noqa: PTH100 - a link is not followed
    names = [os.path.abspath(path) for path in paths]  # noqa: PTH100 - as above
    lacking = [path for path, name in zip(paths, names, strict=True) if not held.get(name)]
    if lacking:
        problem = f"{table} says no '{by}' of {lacking[0]}" + (f" and {len(lacking) - 1:,} more" if lacking[1:] else "")
        raise DlpipeError(problem, "add a row for each file")
    return [held[name] for name in names]
