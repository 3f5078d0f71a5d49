"""Looks at pictures once more, larger, where a fingerprint is too small to decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.loop import each
from dlpipe.core.say import say
from dlpipe.similarity import registration

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.similarity.moves import Candidates

Array = np.ndarray[Any, Any]

_CHUNK = 4096
"""Pairs whose pictures are in memory at once: 36 KB each, 300 MB at most."""


@dataclass(frozen=True)
class Closely:
    """A second look at n pictures."""

    names: list[str]
    """n of them, by which results are remembered."""
    read: Callable[[int], Array | None]
    """A picture, (H, W, 3) uint8; None for one that cannot be read any more."""
    memory: dict[tuple[str, str, bytes], float] = field(default_factory=dict[tuple[str, str, bytes], float])
    """Unlikeness of pairs that were looked at before."""

    def unlikeness(self, pairs: Candidates) -> Array:
        """What differs of k pairs once one is laid over the other, (k,); each picture is read once or a few times."""
        keys = [
            (self.names[one], self.names[other], start.tobytes())
            for one, other, start in zip(pairs.one.tolist(), pairs.other.tolist(), pairs.start, strict=True)
        ]
        new = np.array([place for place, key in enumerate(keys) if key not in self.memory], np.intp)
        for first in range(0, len(new), _CHUNK):
            places = new[first : first + _CHUNK]
            for place, value in zip(places.tolist(), self._looked(pairs, places), strict=True):
                self.memory[keys[place]] = value
        return np.array([self.memory[key] for key in keys])

    def _looked(self, pairs: Candidates, places: Array) -> list[float]:
        positions = np.unique(np.concatenate([pairs.one[places], pairs.other[places]])).tolist()
        seen = dict(zip(positions, each(self._close, positions, "a closer look"), strict=True))

        def unlikeness(place: int) -> float:
            one, other = seen[int(pairs.one[place])], seen[int(pairs.other[place])]
            return 1.0 if one is None or other is None else registration.unlikeness(one, other, pairs.start[place])

        # One after the other: steps are so short that threads only wait for one another.
        return [unlikeness(place) for place in say.track(places.tolist(), "laying pictures over one another")]

    def _close(self, position: int) -> Array | None:
        picture = self.read(position)
        return None if picture is None else registration.close(picture)
