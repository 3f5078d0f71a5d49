"""What a killed scan goes on from: what has been seen of the samples so far, in order.

The first line holds the key: the digest of all that the scan depends on. Each further line holds results, behind their
checksum. Where a line is torn or damaged, what is before it counts and the rest is looked at again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core import files
from dlpipe.modalities import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_CHUNK = 256
_SECONDS = 1.0
"""A line is written after so many results or so many seconds."""

_DIGITS = 16
"""Of a line's SHA-256: enough to tell damage from none."""


class Journal:
    """The results of one scan, as far as it got."""

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self._key = key

    def read(self) -> list[Any]:
        """Results of the first samples. What follows them in the file is cut off; one of another key is begun anew."""
        found: list[Any] = []
        sound = 0
        if self.path.is_file():
            for number, line in enumerate(self.path.read_bytes().splitlines(keepends=True)):
                value = _checked(line)
                if value is None or (number == 0 and value != self._key):
                    break
                found.extend(_decoded(value) if number else [])
                sound += len(line)
        self._cut(sound)
        return found

    def _cut(self, size: int) -> None:
        if size:
            with self.path.open("r+b") as file:
                file.truncate(size)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        files.write_bytes(self.path, _line(self._key))

    def noting(self, results: Iterable[Any]) -> Iterator[Any]:
        """Passes results on and writes them down, some at a time."""
        waiting: list[Any] = []
        written = time.monotonic()
        with self.path.open("ab", buffering=0) as file:
            for result in results:
                waiting.append(result)
                if len(waiting) == _CHUNK or time.monotonic() - written > _SECONDS:
                    file.write(_line(_encoded(waiting)))
                    waiting, written = [], time.monotonic()
                yield result
            if waiting:
                file.write(_line(_encoded(waiting)))


def key_of(*parts: object) -> str:
    """SHA-256 of all that a scan depends on."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _line(value: Any) -> bytes:
    text = json.dumps(value, separators=(",", ":")).encode()
    return hashlib.sha256(text).hexdigest()[:_DIGITS].encode() + b" " + text + b"\n"


def _checked(line: bytes) -> Any:
    """What a line holds, or None for one that is torn or damaged."""
    checksum, _, text = line.removesuffix(b"\n").partition(b" ")
    whole = line.endswith(b"\n") and hashlib.sha256(text).hexdigest()[:_DIGITS].encode() == checksum
    return json.loads(text) if whole else None


def _encoded(value: Any) -> Any:
    """A value as JSON that `_decoded` turns back into the same value, types and bits.

    Raises:
        TypeError: a check's evidence is of another type than those below; a bug of the check.
    """
    if value is None or type(value) in {bool, int, float, str}:
        return value
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        content = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
        return {"array": [array.dtype.str, list(array.shape), content, isinstance(value, np.generic)]}
    if isinstance(value, Unreadable):
        return {"unreadable": asdict(value)}
    if isinstance(value, list | tuple):
        return {type(value).__name__: [_encoded(one) for one in value]}
    if isinstance(value, Mapping):
        return {"dict": [[key, _encoded(one)] for key, one in value.items()]}
    raise TypeError(f"evidence must be numbers, text, arrays, and lists, tuples or mappings of them, not {type(value)}")


def _decoded(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    match kind:
        case "array":
            return _array(*content)
        case "unreadable":
            return Unreadable(**content)
        case "dict":
            return {key: _decoded(one) for key, one in content}
        case "tuple":
            return tuple(_decoded(one) for one in content)
        case _:
            return [_decoded(one) for one in content]


def _array(dtype: str, shape: list[int], content: str, is_scalar: bool) -> Any:
    array = np.frombuffer(base64.b64decode(content), dtype=np.dtype(dtype)).reshape(shape)
    return array[()] if is_scalar else array
