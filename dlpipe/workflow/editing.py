"""Puts lines into one section of a pipeline file; nothing else in it changes, not by one byte."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dlpipe.core.config import Document
from dlpipe.core.errors import DlpipeError
from dlpipe.core.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence

_EMPTY = re.compile(r"\w+:\s*(?:\{\s*\}|null|~)?\s*(#.*)?")


@dataclass(frozen=True)
class Edit:
    """A pipeline file with new lines in their place."""

    before: list[str]
    old: list[str]
    """The lines that go."""
    new: list[str]
    after: list[str]

    def text(self) -> str:
        """The whole file."""
        return "".join(f"{line}\n" for line in (*self.before, *self.new, *self.after))


def edit_of(document: Document, section: str, key: str, block: Sequence[str]) -> Edit:
    """The file with `block` as the setting `key` of a section: instead of the one that is there, else at its end.

    Args:
        document: The file as it is.
        section: A section that it has.
        key: The setting's name.
        block: Lines of YAML that start with `key:`, not indented.

    Raises:
        DlpipeError: the section stands on one line with other settings.
    """
    lines = document.path.read_text(encoding="utf-8").splitlines()
    first = document.line([section]) - 1
    tree: Any = document.tree[section]
    if not tree:
        empty = _EMPTY.fullmatch(lines[first].rstrip())
        if empty is None:
            raise _no_place(document, section)
        head = f"{section}:  {empty[1]}" if empty[1] else f"{section}:"
        return Edit([*lines[:first], head], [], [f"  {line}" for line in block], lines[first + 1 :])
    if tree.fa.flow_style():
        raise _no_place(document, section)
    column = tree.lc.key(next(iter(tree)))[1]
    start = tree.lc.key(key)[0] if key in tree else _end(lines, first, 0)
    end = _end(lines, start, column) if key in tree else start
    return Edit(lines[:start], lines[start:end], [" " * column + line for line in block], lines[end:])


def _end(lines: list[str], start: int, column: int) -> int:
    """The line after the last one that belongs to the key on line `start`, which stands in `column`."""
    last = start
    for number in range(start + 1, len(lines)):
        text = lines[number]
        if text.strip():
            if len(text) - len(text.lstrip(" ")) <= column:
                break
            last = number
    return last + 1


def _no_place(document: Document, section: str) -> DlpipeError:
    where = f"{document.path}:{document.line([section])}"
    problem = f"{where}: '{section}' stands on one line, so that nothing can be added below it"
    return DlpipeError(problem, f"write it over several lines: `{section}:`, and each setting below it, indented")


def checked(document: Document, edit: Edit, section: str, change: dict[str, Any]) -> str:
    """The edited text, if it says all that the file said, and `change` in the section besides.

    Raises:
        DlpipeError: it does not; the file is written in a way that an edit by lines does not understand.
    """
    try:
        edited = Document(document.path, YAML(typ="rt").load(edit.text()))
        wanted = {name: document.plain(name) for name in document.tree}
        wanted[section] = {**(wanted[section] or {}), **change}
        if {name: edited.plain(name) for name in edited.tree} == wanted:
            return edit.text()
    except (YAMLError, ValueError, TypeError, AttributeError) as error:
        say.detail(f"the edited file cannot be read: {error}")
    problem = f"{document.path}: nothing can be added to the section '{section}' as it is written"
    raise DlpipeError(problem, "indent what stands below it by two spaces, comments too; nothing was written")
