"""JSON lines that people write: read strictly, all mistakes at once, each with its file and line; and added to."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from dlpipe.core.errors import DlpipeError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SHOWN = 20
"""Mistakes that one error lists."""


class Line(BaseModel):
    """One line of such a file. Fields are keys; others are refused, and text stays text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


LineT = TypeVar("LineT", bound=Line)


def read_lines(path: Path, model: type[LineT]) -> list[tuple[int, LineT]]:
    """All lines that are not blank, each with its number from 1.

    Raises:
        DlpipeError: the file is missing, not UTF-8, or a line is not an object of `model`'s keys.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DlpipeError(f"{path} is missing", "make it: an empty file is right where nothing is said") from error
    mistakes: list[str] = []
    read: list[tuple[int, LineT]] = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            read.append((number, model.model_validate(_parsed(line))))
        except ValidationError as error:
            mistakes.extend(f"{path}:{number}: {_sentence(mistake, model)}" for mistake in error.errors())
        except ValueError as error:
            mistakes.append(f"{path}:{number}: {error}")
    if mistakes:
        raise _wrong(mistakes, model)
    return read


def append_lines(path: Path, lines: Sequence[Line]) -> None:
    """Adds lines at the end of a file, on disk when this returns. What is there stays, byte by byte.

    All of them are one write at the end, so that two people's commands do not mix, and a last line without its end
    gets it first.
    """
    given = [json.dumps(line.model_dump(exclude_defaults=True), ensure_ascii=False) for line in lines]
    with path.open("a+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        end = b"" if file.read(1) in {b"", b"\n"} else b"\n"
        file.write(end + "".join(f"{line}\n" for line in given).encode())
        file.flush()
        os.fsync(file.fileno())


def _parsed(line: bytes) -> Any:
    if line.startswith(b"\xef\xbb\xbf"):
        raise ValueError("starts with a byte order mark; save the file as UTF-8 without one")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8: byte {error.start + 1} of the line") from error
    try:
        value = json.loads(text, object_pairs_hook=_object)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error.msg} at column {error.colno}") from error
    except UnicodeEncodeError as error:
        raise ValueError("holds half of a surrogate pair, which is no character") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a key that stands twice would otherwise win in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key '{twice}' stands twice")
    return found


def _sentence(mistake: Any, model: type[Line]) -> str:
    key = ".".join(str(part) for part in mistake["loc"])
    if mistake["type"] == "missing":
        return f"'{key}' is missing"
    if mistake["type"] == "extra_forbidden":
        return f"unknown key '{key}'; {nearest(key, model.model_fields)}"
    if not key:
        return "is no JSON object like " + _example(model)
    return f"{key}: {mistake['msg'][:1].lower()}{mistake['msg'][1:]}"


def _example(model: type[Line]) -> str:
    return "{" + ", ".join(f'"{key}": …' for key, field in model.model_fields.items() if field.is_required()) + "}"


def _wrong(mistakes: list[str], model: type[Line]) -> DlpipeError:
    shown = mistakes[:_SHOWN]
    if len(mistakes) > _SHOWN:
        shown.append(f"and {len(mistakes) - _SHOWN} more")
    return DlpipeError("\n".join(shown), f"mend the lines; each is one JSON object like {_example(model)}")
