"""What many samples gave, a small value each, kept out of memory until somebody asks for it.

A million fingerprints alone are a gigabyte. From some size on they lie in a nameless file of the system's folder for such
(the variable TMPDIR), which is gone with the process.
"""

from __future__ import annotations

import json
from itertools import groupby
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any
from weakref import finalize

from dlpipe.clean.codec import decoded, encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CHUNK = 4096
"""Values that are written together, and read together; fewer than that are never written at all."""

_IN_MEMORY = 1 << 20
"""Bytes from which they go to a file."""


class Pile:
    """Values in the order in which they came, each with the type and the bits that it had.

    Raises:
        TypeError: a value is of a type that evidence may not have (`dlpipe.clean.codec`).
    """

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self._file = SpooledTemporaryFile[bytes](max_size=_IN_MEMORY)
        finalize(self, self._file.close)
        self._ends = [0]
        self._last: list[Any] = []
        for value in values:
            self.append(value)

    def append(self, value: Any) -> None:
        """Adds a value."""
        self._last.append(value)
        if len(self._last) == _CHUNK:
            self._file.seek(self._ends[-1])
            self._file.write(json.dumps(encoded(self._last), separators=(",", ":")).encode())
            self._ends.append(self._file.tell())
            self._last = []

    def __len__(self) -> int:
        return _CHUNK * (len(self._ends) - 1) + len(self._last)

    def __iter__(self) -> Iterator[Any]:
        for part in self.parts():
            yield from part

    def parts(self) -> Iterator[list[Any]]:
        """All values, some at a time; no part is empty."""
        for number in range(-(-len(self) // _CHUNK)):
            yield self._values(number)

    def at(self, places: Iterable[int]) -> list[Any]:
        """Values at these places: in rising order each chunk is read once."""
        found: list[Any] = []
        for number, wanted in groupby(places, key=lambda place: place // _CHUNK):
            values = self._values(number)
            found.extend(values[place % _CHUNK] for place in wanted)
        return found

    def _values(self, number: int) -> list[Any]:
        if number == len(self._ends) - 1:
            return self._last
        self._file.seek(self._ends[number])
        return decoded(json.loads(self._file.read(self._ends[number + 1] - self._ends[number])))
