"""Reads YAML so that every mistake can be shown with its file, its line and the nearest spelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from dlpipe.core.errors import DlpipeError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_LARGEST_BYTES = 1_000_000

Loc = tuple[int | str, ...]


class Section(BaseModel):
    """One section of a pipeline file. Fields are settings: typed, bounded, described."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


SectionT = TypeVar("SectionT", bound=BaseModel)


@dataclass(frozen=True)
class Document:
    """A YAML mapping that remembers where each key stands."""

    path: Path
    tree: CommentedMap

    def line(self, loc: Sequence[int | str]) -> int:
        """1-based line of the deepest part of `loc` that the file has."""
        node: Any = self.tree
        line = 1
        for key in loc:
            if isinstance(node, CommentedMap) and key in node:
                line = node.lc.key(key)[0] + 1
            elif isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node):
                line = node.lc.item(key)[0] + 1
            else:
                break
            node = node[key]
        return line

    def plain(self, section: str) -> Any:
        """A section's content as plain Python values."""
        return _plain(self.tree[section])


def read(path: Path) -> Document:
    """Parses a YAML mapping.

    Raises:
        DlpipeError: missing, too large, not UTF-8, not YAML, a duplicate key, an alias, or no mapping.
    """
    where = f"{path}"
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise DlpipeError(f"{where} is over {_LARGEST_BYTES:,} bytes", "a pipeline file is a page or two")
        text = path.read_bytes().decode()
    except FileNotFoundError as error:
        raise DlpipeError(f"{where} is missing", f"create it with `dlpipe init {path.stem}`") from error
    except UnicodeDecodeError as error:
        raise DlpipeError(f"{where} is not UTF-8: byte {error.start}", "save it as UTF-8") from error
    tree = _parse(where, text)
    if not isinstance(tree, CommentedMap):
        raise DlpipeError(f"{where} holds no mapping", "write `section: {setting: value}` lines")
    return Document(path, tree)


def _parse(where: str, text: str) -> Any:
    yaml = YAML(typ="rt")
    try:
        for event in YAML(typ="rt").parse(text):
            line = event.start_mark.line + 1
            if getattr(event, "anchor", None):
                raise DlpipeError(f"{where}:{line}: anchors and aliases are not read here", "write the value out")
            if getattr(event, "tag", None):
                raise DlpipeError(f"{where}:{line}: tags are not read here", "write the value without its tag")
        return yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = (error.problem or "not YAML").split("\n")[0]
        raise DlpipeError(f"{where}:{line}: {what}", "mend this line of YAML") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise DlpipeError(f"{where}: not YAML: {str(error).splitlines()[0]}", "mend the file") from error


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for plain in (int, float, str):
        if isinstance(node, plain):
            return plain(node)
    return str(node)


def mistakes(document: Document, section: str, model: type[BaseModel]) -> list[str]:
    """Every mistake of one section, each as `file:line: where: what`."""
    if section not in document.tree:
        return [f"{document.path}: section '{section}' is missing; write `{section}: {{}}` for its defaults"]
    try:
        model.model_validate(_content(document, section))
    except ValidationError as error:
        return [_sentence(document, mistake, model) for mistake in _flat(error.errors(), (section,), ())]
    return []


def section(document: Document, name: str, model: type[SectionT]) -> SectionT:
    """One section as its settings class.

    Raises:
        DlpipeError: with all mistakes of the section at once.
    """
    found = mistakes(document, name, model)
    if found:
        raise wrong(found)
    return model.model_validate(_content(document, name))


def _content(document: Document, section: str) -> Any:
    content = document.plain(section)
    return {} if content is None else content


def wrong(found: Sequence[str]) -> DlpipeError:
    """One error that holds all mistakes, a line each."""
    fix = "mend the line above" if len(found) == 1 else "mend the lines above"
    return DlpipeError("\n".join(found), f"{fix}, then `dlpipe check` to see that nothing else is wrong")


def unknown_sections(document: Document, known: Iterable[str]) -> list[str]:
    """A mistake for every top-level key that is no section."""
    known = list(known)
    return [
        f"{document.path}:{document.line([key])}: unknown section '{key}'; {nearest(str(key), known)}"
        for key in document.tree
        if key not in known
    ]


@dataclass(frozen=True)
class _Mistake:
    loc: Loc
    kind: str
    text: str
    known: Sequence[str]
    """Settings of the plug-in in which the mistake stands; empty outside of plug-ins."""


def _flat(errors: Sequence[Any], above: Loc, known: Sequence[str]) -> Iterator[_Mistake]:
    for error in errors:
        loc = (*above, *error["loc"])
        context = error.get("ctx") or {}
        if error["type"] == "plugin_settings":
            yield from _flat(context["errors"], loc, context.get("known", ()))
        else:
            yield _Mistake(loc, error["type"], context.get("problem") or error["msg"], known)


def _sentence(document: Document, mistake: _Mistake, model: type[BaseModel]) -> str:
    loc = mistake.loc
    start = f"{document.path}:{document.line(loc)}: {'.'.join(str(part) for part in loc)}"
    if mistake.kind == "extra_forbidden":
        return f"{start}: unknown setting; {nearest(str(loc[-1]), mistake.known or _settings(model, loc[1:-1]))}"
    if mistake.kind == "missing":
        return f"{start}: is missing"
    return f"{start}: {mistake.text[:1].lower()}{mistake.text[1:]}"


def _settings(model: Any, loc: Loc) -> Iterable[str]:
    for part in loc:
        field = getattr(model, "model_fields", {}).get(part)
        model = field.annotation if field is not None else None
    return getattr(model, "model_fields", {})
