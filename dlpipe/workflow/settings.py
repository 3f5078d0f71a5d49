"""What a settings class says of its fields, in words that a person who writes YAML knows."""

from __future__ import annotations

import json
import re
import types
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from dlpipe.core.plugin import Plugin, described

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo
    from rich.console import RenderableType

_WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    types.NoneType: "null",
    Any: "anything",
}
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "at least", "max_length": "at most"}


@dataclass(frozen=True)
class Setting:
    """One field: `default` is as YAML would have it, empty where the setting is required."""

    name: str
    type: str
    default: str
    bounds: str
    about: str
    is_required: bool

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def settings_of(model: type[BaseModel], above: str = "") -> list[Setting]:
    """Every setting of a plug-in or section; those of nested settings as `outer.inner`."""
    found: list[Setting] = []
    for name, field in model.model_fields.items():
        required = field.is_required()
        default = "" if required else flow(field.get_default(call_default_factory=True))
        about = field.description or ""
        found.append(Setting(above + name, type_words(field.annotation), default, _bounds(field), about, required))
        for inner in _nested(field.annotation):
            found += settings_of(inner, f"{above}{name}.")
    return found


def _nested(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not issubclass(annotation, Plugin):
            yield annotation
        return
    if get_origin(annotation) in {Union, types.UnionType}:
        for part in get_args(annotation):
            yield from _nested(part)


def type_words(annotation: Any) -> str:
    """An annotation for people: `number or null`, `a | b`, `mapping of checks`."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is None:
        return _plain_words(annotation)
    inner = [part if origin is Literal else type_words(part) for part in parts]
    if origin is Annotated:
        return inner[0]
    if origin is Literal:
        return " | ".join(str(part) for part in inner)
    if origin in {Union, types.UnionType}:
        return " or ".join(inner)
    return f"mapping from names to {inner[1]}" if origin is dict else f"list of {inner[0]}"


def _plain_words(annotation: Any) -> str:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"{annotation.__name__.lower()} plug-in" if issubclass(annotation, Plugin) else "mapping"
    return _WORDS.get(annotation, str(getattr(annotation, "__name__", annotation)))


def _bounds(field: FieldInfo) -> str:
    found = [*field.metadata, *_inner_metadata(field.annotation)]
    words = [
        f"{sign} {getattr(bound, name)}" for bound in found for name, sign in _BOUNDS.items() if hasattr(bound, name)
    ]
    return ", ".join(dict.fromkeys(words))


def _inner_metadata(annotation: Any) -> Iterator[Any]:
    for part in get_args(annotation):
        if get_origin(part) is Annotated:
            for bound in get_args(part)[1:]:
                yield from getattr(bound, "metadata", [bound])


_PLAIN = re.compile(r"[\w./][\w ./+-]*")
"""Text that YAML reads as text without quotes."""


def flow(value: Any) -> str:
    """A value as YAML's flow style writes it."""
    if isinstance(value, Plugin):
        return flow(described(value))
    if isinstance(value, BaseModel):
        return flow(value.model_dump(mode="json"))
    if isinstance(value, dict):
        entries = (f"{key}: {flow(_without_name(key, part))}" for key, part in value.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(flow(part) for part in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    is_quoted = isinstance(value, str) and not _PLAIN.fullmatch(value)
    return json.dumps(value, ensure_ascii=False) if is_quoted else str(value)


def _without_name(key: Any, value: Any) -> Any:
    """In a mapping by name the key is the plug-in's name."""
    return value.model_dump(mode="json") if isinstance(value, Plugin) and value.name == key else value


def shown(title: str, about: str, rows: list[Setting], example: str) -> RenderableType:
    """A page for the terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("setting", "type", "default", "what it is"):
        table.add_column(column, overflow="fold")
    for row in rows:
        default = "(required)" if row.is_required else row.default
        kind = f"{row.type} {row.bounds}".rstrip()
        table.add_row(*(Text(part) for part in (row.name, kind, default, row.about)))
    settings: RenderableType = table if rows else Text("It has no settings.")
    return Group(Text(title, style="bold"), Text(about), Text(""), settings, Text(""), Text(example))
