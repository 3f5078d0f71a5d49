"""A table of labels and attributes beside the files."""

from __future__ import annotations

import math
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field

from dlpipe.core.errors import DlpipeError
from dlpipe.core.say import say
from dlpipe.ingest.claims import Claim, matched
from dlpipe.ingest.rows import Rows, read_rows
from dlpipe.ingest.sources import Listing, Source
from dlpipe.ingest.tables import is_free
from dlpipe.ingest.walk import walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlpipe.modalities import Modality
    from dlpipe.tasks import Task


def _inside(name: str) -> str:
    if posixpath.isabs(name) or posixpath.normpath(name).startswith(".."):
        raise ValueError("must lie in raw/, where DVC sees that it changes")
    return posixpath.normpath(name)


class Table(Source):
    """A CSV or Parquet table in raw/ that gives each file its label and attributes; every cell is read as text.

    Files that it does not name are kept as unlabelled samples. Rows of missing files are set aside. A file in an archive
    may be named as if the archive were unpacked beside itself.
    """

    file: Annotated[str, AfterValidator(_inside)] = Field(
        default="labels.csv", min_length=1, description="The table, from raw/; Parquet where it ends in .parquet."
    )
    delimiter: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="What stands between cells; found by the header if not said.",
    )
    path_column: str = Field(default="path", description="Column with the file's path.")
    below: str = Field(default="", description="Folder of raw/ from which the paths start.")
    ending: str = Field(default="", description="What the paths leave out at their end, like `.jpg`.")
    label_column: str | None = Field(default="label", description="Column with the label; null for none.")
    empty_label: Literal["auto", "unlabelled", "none"] = Field(
        default="auto",
        description="What an empty label says: unlabelled: nobody looked; none: the sample has none of the classes; "
        "auto: none where dataset.task is multi_label, else unlabelled. Null in Parquet is unlabelled always.",
    )
    annotator_column: str | None = Field(
        default=None, description="Column with who said so, where several people gave a label; a row an opinion."
    )
    weight_column: str | None = Field(
        default=None, description="Column with an opinion's weight, from 0; 1 if not said."
    )
    attributes: tuple[str, ...] | None = Field(
        default=None, description="Columns kept as attributes; all others if not said. A reserved name gets `given_`."
    )
    follow_links: bool = Field(default=False, description="Whether symbolic links to files are read as files.")

    def of_task(self, task: Task) -> Self:
        if self.empty_label == "none" and not task.several:
            problem = f"ingest.source.empty_label: a sample of the task {task.name} has exactly one class, it cannot have none"
            raise DlpipeError(problem, "take `empty_label` out, or set dataset.task to {name: multi_label}")
        return self.model_copy(update={"empty_label": "none"}) if task.several and self.empty_label == "auto" else self

    def list(self, raw: Path, modality: Modality) -> Listing:
        named = (self.path_column, self.label_column, self.annotator_column, self.weight_column)
        special = [name for name in named if name is not None]
        rows = read_rows(raw / self.file, [*special, *(self.attributes or ())], self.delimiter)
        if self.delimiter is None and rows.delimiter not in {None, ","}:
            say.note(f"{self.file}: read with the delimiter {rows.delimiter!r}")
        kept = (
            self.attributes if self.attributes is not None else [name for name in rows.columns if name not in special]
        )
        found = walk(
            raw, modality.suffixes, follow_links=self.follow_links, leave_out={self.file}, limits=self.archives
        )
        return matched(rows.file, self._claims(rows, kept), _attribute_names(rows, kept), found)

    def _claims(self, rows: Rows, kept: Sequence[str]) -> Sequence[Claim]:
        paths = rows.column(self.path_column)
        nothing: Sequence[str | None] = [None] * len(paths)
        labels = self._labels(rows, self.label_column) if self.label_column else nothing
        people = rows.column(self.annotator_column) if self.annotator_column else nothing
        weights = rows.column(self.weight_column) if self.weight_column else nothing
        attributes = [*zip(*(rows.column(name) for name in kept), strict=True)] or [()] * len(paths)
        return [
            Claim(
                rows.where(row),
                self._path(rows, row, path),
                person or self.name,
                () if label is None else ((label, _weight(rows, row, weight)),),
                attributes[row],
                apart=label if label and self.weight_column else "",
            )
            for row, (path, label, person, weight) in enumerate(zip(paths, labels, people, weights, strict=True))
        ]

    def _labels(self, rows: Rows, column: str) -> Sequence[str | None]:
        """The label of every row; None where it says none."""
        cells = rows.column(column)
        if self.empty_label != "none":
            return cells
        absent = rows.absent.get(column, frozenset())
        return ["" if cell is None and row not in absent else cell for row, cell in enumerate(cells)]

    def _path(self, rows: Rows, row: int, cell: str | None) -> str:
        if cell is None:
            raise DlpipeError(f"{rows.file}:{rows.numbers[row]}: names no file", "fill its path in, or remove the row")
        return posixpath.normpath(posixpath.join(self.below, cell + self.ending))


def _weight(rows: Rows, row: int, cell: str | None) -> float:
    try:
        weight = 1.0 if cell is None else float(cell)
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight) or weight < 0:
        problem = f"{rows.file}:{rows.numbers[row]}: '{cell}' is no weight"
        raise DlpipeError(problem, "write a number from 0, with a point for decimals")
    return weight


def _attribute_names(rows: Rows, kept: Sequence[str]) -> Sequence[str]:
    names = [name if is_free(name) else f"given_{name}" for name in kept]
    for column, name in zip(kept, names, strict=True):
        if not is_free(name) or names.count(name) > 1:
            fix = "call the column something else, or leave it out of ingest.source.attributes"
            raise DlpipeError(f"{rows.file}:1: the column '{column}' cannot be an attribute", fix)
    return names
