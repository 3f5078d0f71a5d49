"""What a killed scan goes on from: what has been seen of the samples so far, in order.

The first line holds the key: the digest of all that the scan depends on. Each further line holds results, behind their
checksum. Where a line is torn or damaged, what is before it counts and the rest is looked at again.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

from dlpipe.clean.codec import decoded, encoded
from dlpipe.core import files

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

    def read(self) -> Iterator[Any]:
        """Results of the first samples. At its end what follows them in the file is cut off; one of another key begins anew."""
        sound = 0
        if self.path.is_file():
            with self.path.open("rb") as file:
                for number, line in enumerate(file):
                    value = _checked(line)
                    if value is None or (number == 0 and value != self._key):
                        break
                    yield from decoded(value) if number else []
                    sound += len(line)
        self._cut(sound)

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
                    file.write(_line(encoded(waiting)))
                    waiting, written = [], time.monotonic()
                yield result
            if waiting:
                file.write(_line(encoded(waiting)))


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
