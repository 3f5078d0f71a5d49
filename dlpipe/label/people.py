"""Labels that people gave to single samples: `annotations/labels.jsonl`."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import Field

from dlpipe.core.jsonl import Line, read_lines
from dlpipe.core.say import say

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from dlpipe.tasks import Task


class Given(Line):
    """A person's label; it wins over every labeler."""

    id: str = Field(min_length=1)
    label: str = Field(min_length=1)
    by: str = Field(min_length=1)
    why: str = ""


class GivenSet(Given):
    """A person's label where a sample may have several classes; empty where it has none of them."""

    label: str


def read_given(path: Path, ids: Collection[str], known: Collection[str], task: Task) -> dict[str, Given]:
    """The last label given to each of these samples; one for another id is said and left out.

    A class that nobody used so far is one of its own; one that looks like one of the `known` classes is said.

    Raises:
        DlpipeError: a line is no label.
    """
    kept, classes = set(ids), set(known)
    found: dict[str, Given] = {}
    for number, given in read_lines(path, GivenSet if task.several else Given):
        if given.id not in kept:
            say.warn(f"{path}:{number}: '{given.id}' is not among the kept samples; the line is ignored")
            continue
        found[given.id] = given
        for label in task.names(given.label):
            close = [] if label in classes else get_close_matches(label, classes, n=1, cutoff=0.8)
            if close:
                say.warn(f"{path}:{number}: '{label}' becomes a class of its own; did {given.by} mean '{close[0]}'?")
    return found
