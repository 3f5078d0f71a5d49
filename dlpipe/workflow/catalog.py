"""`dlpipe list` and `dlpipe show`: what can stand in a pipeline file, read from the code itself."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any, get_args

from dlpipe.core import plugin
from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.core.plugin import Plugin
from dlpipe.core.say import say
from dlpipe.core.stage import SECTIONS, STAGES, settings
from dlpipe.workflow.settings import Setting, settings_of, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

_PACKAGES = (
    "dlpipe.ingest.sources",
    "dlpipe.modalities",
    "dlpipe.tasks",
    "dlpipe.clean.checks",
    "dlpipe.label.labelers",
    "dlpipe.split.splitters",
    "dlpipe.models",
    "dlpipe.weights",
    "dlpipe.train.objectives",
    "dlpipe.export.formats",
    "dlpipe.metrics",
    "dlpipe.metrics.fairness",
    "dlpipe.evaluate.corruptions",
)
_DATASET = "Say what all stages share: kind of media, task, groups, seed."
SECTION = "section"
"""Stands for the sections of a pipeline file where a kind of plug-in is asked for."""


def kinds() -> Mapping[str, type[Plugin]]:
    """Every kind of plug-in by the word that names it on the command line, in the order in which data flows."""
    found: dict[str, type[Plugin]] = {}
    for package in _PACKAGES:
        for name, value in inspect.getmembers(importlib.import_module(package), inspect.isclass):
            if issubclass(value, Plugin) and vars(value).get("package") == package == value.__module__:
                found[name.lower()] = value
    return found


def plugins(kind: type[Plugin]) -> dict[str, str]:
    """Plug-ins of one kind by name, each with its first sentence."""
    return {name: plugin.summary(plugin.find(kind, name)) for name in plugin.names(kind)}


def sections() -> dict[str, str]:
    """Sections of a pipeline file, each with a sentence."""
    return {name: STAGES[name].about if name in STAGES else _DATASET for name in SECTIONS}


def list_plugins(kind: str | None) -> None:
    """Prints the plug-ins of one kind, or of all.

    Raises:
        DlpipeError: there is no such kind.
    """
    known = kinds()
    if kind is None:
        found = {SECTION: sections()} | {word: plugins(value) for word, value in known.items()}
    elif kind == SECTION:
        found = {SECTION: sections()}
    else:
        found = {kind: plugins(_kind(kind))}
    say.result(found, _page(found))


def show_plugin(kind: str, name: str) -> None:
    """Prints the settings of one plug-in, or of one section of a pipeline file, with an example.

    Raises:
        DlpipeError: there is no such kind or plug-in.
    """
    if kind == SECTION:
        if name not in SECTIONS:
            raise DlpipeError(f"there is no section '{name}': {nearest(name, SECTIONS)}", "`dlpipe list section`")
        model, about = settings(name), sections()[name]
        example = f"{name}: {{}}"
    else:
        model = plugin.find(_kind(kind), name)
        about = inspect.getdoc(model) or ""
        example = _example(_kind(kind), name, settings_of(model))
    rows = settings_of(model)
    answer = {
        "kind": kind,
        "name": name,
        "about": about,
        "settings": [row.as_json() for row in rows],
        "example": example,
    }
    say.result(answer, shown(f"{kind} {name}", about, rows, example))


def _kind(word: str) -> type[Plugin]:
    known = kinds()
    if word not in known:
        raise DlpipeError(f"there is no kind '{word}': {nearest(word, [*known, SECTION])}", "`dlpipe list` shows all")
    return known[word]


def _example(kind: type[Plugin], name: str, rows: list[Setting]) -> str:
    """A few lines of YAML that call the plug-in."""
    wanted = [row for row in rows if row.is_required] or rows[:2]
    flow = [f"{row.name}: {'…' if row.is_required else row.default}" for row in wanted if "." not in row.name]
    section, field, is_many = place(kind)
    if is_many:
        return f"{section}:\n  {field}:\n    {name}: {{{', '.join(flow)}}}"
    return f"{section}:\n  {field}: {{{', '.join([f'name: {name}', *flow])}}}"


def place(kind: type[Plugin]) -> tuple[str, str, bool]:
    """Section and setting in which plug-ins of a kind stand (`train` rather than `embed`), and whether it is a mapping of many."""
    for section in reversed(SECTIONS):
        for name, field in settings(section).model_fields.items():
            if _mentions(field.annotation, kind):
                return section, name, getattr(field.annotation, "__origin__", None) is dict
    raise LookupError(f"no section of a pipeline file takes a {kind.__name__}")


def _mentions(annotation: Any, kind: type[Plugin]) -> bool:
    return annotation is kind or any(_mentions(part, kind) for part in get_args(annotation))


def _page(found: Mapping[str, Mapping[str, str]]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for kind, entries in found.items():
        table.add_row(Text(kind, style="bold"), "")
        for name, sentence in entries.items():
            table.add_row(Text(f"  {name}"), Text(sentence))
    return table
