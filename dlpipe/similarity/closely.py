"""Looks at pictures once more, larger, where a fingerprint is too small to decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dlpipe.core.isolated import Lost
from dlpipe.core.loop import each_isolated
from dlpipe.core.say import say
from dlpipe.core.worker import Job
from dlpipe.modalities import Unreadable
from dlpipe.similarity import registration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlpipe.modalities import Opener, Place
    from dlpipe.similarity.moves import Candidates

Array = np.ndarray[Any, Any]

_SECONDS = 5.0
"""For laying a picture over another one, which takes milliseconds."""

_KEPT = 256
"""Pictures that a process keeps for its next pairs: 36 KB each."""


@dataclass(frozen=True)
class Closely:
    """A second look at n pictures, in processes that survive a crash."""

    names: list[str]
    """n of them, by which results are remembered."""
    places: Sequence[Place]
    """Where the n pictures lie."""
    opener: Opener
    least_px: int | None = None
    """What the longer side must keep; None for pictures in full."""
    memory: dict[tuple[str, str, bytes], float] = field(default_factory=dict[tuple[str, str, bytes], float])
    """Unlikeness of pairs that were looked at before."""

    def unlikeness(self, pairs: Candidates) -> Array:
        """What differs of k pairs once one is laid over the other, (k,); 1 where one of them cannot be read any more."""
        laid = {
            (self.names[one], self.names[other], start.tobytes()): _Pair(self.places[one], self.places[other], start)
            for one, other, start in zip(pairs.one.tolist(), pairs.other.tolist(), pairs.start, strict=True)
        }
        new = [key for key in laid if key not in self.memory]
        modality = self.opener.modality
        job = Job(_Lay(self.opener, self.least_px), 2 * modality.seconds + _SECONDS, modality.imports)
        found = list(each_isolated(job, [laid[key] for key in new], "laying pictures over one another"))
        self.memory.update(zip(new, (1.0 if isinstance(one, Lost) else one for one in found), strict=True))
        lost = [one for one in found if isinstance(one, Lost)]
        if lost:
            counted = f"{len(lost)} of {len(found)} pairs, which count as no copies"
            say.warn(f"a closer look failed for {counted}: {lost[0].detail}")
        return np.array([self.memory[key] for key in laid])


class _Pair(NamedTuple):
    """What a process gets."""

    one: Place
    other: Place
    start: Array
    """(2, 3), as `registration.unlikeness` takes it."""

    def __str__(self) -> str:
        return f"{self.one} and {self.other}"


@dataclass(frozen=True)
class _Lay:
    """What a process does with a pair: it reads both, and lays one over the other."""

    opener: Opener
    least_px: int | None
    kept: dict[Place, Array] = field(default_factory=dict[Any, Any], compare=False)

    def __call__(self, pair: _Pair) -> float:
        one, other = self._close(pair.one), self._close(pair.other)
        return 1.0 if one is None or other is None else registration.unlikeness(one, other, pair.start)

    def _close(self, place: Place) -> Array | None:
        """A picture as it is compared closely, None for one that cannot be read."""
        found = self.kept.get(place)
        if found is not None:
            return found
        sample = self.opener(place, self.least_px)
        if isinstance(sample, Unreadable):
            return None
        if len(self.kept) >= _KEPT:
            self.kept.clear()
        found = self.kept[place] = registration.close(sample.value)
        return found
