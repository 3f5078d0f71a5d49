"""Reads a table that people wrote: every cell is text, and what is not clear is an error with its file and row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlpipe.core.errors import DlpipeError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DELIMITERS = (",", ";", "\t", "|")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Rows:
    """A table of text."""

    file: Path
    columns: list[str]
    cells: list[list[str | None]]
    """n rows; an empty cell is None, and nothing else is."""
    numbers: list[int]
    """n line numbers from 1 (of a Parquet file: row numbers)."""
    delimiter: str | None = None
    absent: Mapping[str, frozenset[int]] = field(default_factory=dict[str, frozenset[int]])
    """Of a Parquet file, by column, the rows from 0 whose cell is null rather than an empty text; a CSV knows no null."""

    def column(self, name: str) -> list[str | None]:
        """The n cells of one column."""
        place = self.columns.index(name)
        return [row[place] for row in self.cells]

    def where(self, row: int) -> str:
        """`name:line` of row `row` from 0."""
        return f"{self.file.name}:{self.numbers[row]}"


def read_rows(path: Path, needed: Sequence[str], delimiter: str | None = None) -> Rows:
    """A CSV or (by its ending) Parquet file.

    Args:
        path: The file.
        needed: Columns that it must have.
        delimiter: What stands between cells; None takes the first of `DELIMITERS` that gives the needed columns.

    Raises:
        DlpipeError: missing, not UTF-8, a needed column is not there, or a row does not fit the header.
    """
    if not path.is_file():
        problem = f"{path} is missing"
        raise DlpipeError(
            problem, "put the table there (`dlpipe fetch` for a ready data set), or set its name in the source"
        )
    rows = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path, needed, delimiter)
    if missing := [name for name in needed if name not in rows.columns]:
        shown = ", ".join(f"'{name}'" for name in rows.columns)
        problem = f"{path}:1: there is no column '{missing[0]}', but {shown}; {nearest(missing[0], rows.columns)}"
        raise DlpipeError(problem, "name the columns in ingest.source as the table does, or set its delimiter")
    if not rows.cells:
        raise DlpipeError(f"{path} has a header and no rows", "add a row for each file")
    return rows


def _csv(path: Path, needed: Sequence[str], delimiter: str | None) -> Rows:
    text = decoded(path)
    chosen = delimiter or _delimiter(text, needed)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=chosen, strict=True)
    columns: list[str] = []
    cells: list[list[str | None]] = []
    numbers: list[int] = []
    try:
        for row in reader:
            if not row:
                continue
            if not columns:
                columns = _header(path, row, reader.line_num)
            elif len(row) == len(columns):
                cells.append([cell or None for cell in row])
                numbers.append(reader.line_num)
            else:
                raise _ragged(path, reader.line_num, row, columns)
    except csv.Error as error:
        problem = f"{path}:{reader.line_num}: {error}"
        raise DlpipeError(problem, "mend this line; quotes must be closed and doubled inside a quoted cell") from error
    return Rows(path, columns, cells, numbers, chosen)


def decoded(path: Path) -> str:
    """The text of a file of UTF-8, its byte order mark taken off.

    Raises:
        DlpipeError: it is empty, is not UTF-8, or holds NUL.
    """
    content = path.read_bytes()
    if content.startswith(_UTF_16):
        raise DlpipeError(f"{path} is UTF-16", "save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DlpipeError(
            f"{path}:{line}: byte {content[error.start]:#04x} is not UTF-8", "save it as UTF-8"
        ) from error
    if not text.strip():
        raise DlpipeError(f"{path} is empty", "give it a header and a row for each file")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DlpipeError(f"{path}:{line}: a NUL stands in it, so it is no table of text", "save it as CSV in UTF-8")
    return text


def _delimiter(text: str, needed: Sequence[str]) -> str:
    """The delimiter that gives the needed columns, else the one that gives the most."""
    first = next(line for line in text.splitlines() if line)
    headers = {each: first.split(each) for each in DELIMITERS}
    plain = {each: {name.strip('"') for name in header} for each, header in headers.items()}
    fitting = [each for each in DELIMITERS if plain[each].issuperset(needed)]
    return fitting[0] if fitting else max(DELIMITERS, key=lambda each: len(headers[each]))


def _header(path: Path, row: list[str], number: int) -> list[str]:
    if unnamed := [place for place, name in enumerate(row, start=1) if not name.strip()]:
        raise DlpipeError(f"{path}:{number}: column {unnamed[0]} has no name", "name every column in the header")
    name, count = Counter(row).most_common(1)[0]
    if count > 1:
        raise DlpipeError(
            f"{path}:{number}: the column '{name}' stands there {count} times", "give each a name of its own"
        )
    return row


def _ragged(path: Path, number: int, row: list[str], columns: list[str]) -> DlpipeError:
    problem = f"{path}:{number}: {len(row)} cells, but the header has {len(columns)} (the row starts '{row[0][:60]}')"
    return DlpipeError(problem, "mend this row; a cell that holds the delimiter must stand in double quotes")


def _parquet(path: Path) -> Rows:
    import polars as pl

    try:
        table = pl.read_parquet(path)
        text = table.cast(pl.String).select(pl.when(pl.all() != "").then(pl.all()))
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).splitlines()[0]
        raise DlpipeError(
            f"{path} cannot be read as a Parquet table of plain cells: {said}", "write it again"
        ) from error
    absent = {name: frozenset(table[name].is_null().arg_true().to_list()) for name in table.columns}
    cells = [[*row] for row in text.iter_rows()]
    return Rows(path, text.columns, cells, [*range(1, text.height + 1)], absent=absent)
