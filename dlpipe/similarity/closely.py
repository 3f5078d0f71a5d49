"""Looks at pictures once more, larger, where a fingerprint is too small to decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.isolated import Lost
from dlpipe.core.loop import each_isolated
from dlpipe.core.say import say
from dlpipe.core.worker import Job
from dlpipe.modalities import Unreadable
from dlpipe.similarity import registration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlpipe.modalities import Opener, Place
    from dlpipe.similarity.moves import Candidates

Array = np.ndarray[Any, Any]

_CHUNK = 4096
"""Pairs whose pictures are in memory at once: 36 KB each, 300 MB at most."""

_SECONDS = 5.0
"""For laying a picture over another one, which takes milliseconds."""


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
        one, other = pairs.one[places], pairs.other[places]
        seen = self._seen(np.unique(np.concatenate([one, other])).tolist())
        both = zip(one.tolist(), other.tolist(), pairs.start[places], strict=True)
        laid = [(seen.get(left), seen.get(right), start) for left, right, start in both]
        job = Job(_unlikeness, _SECONDS, ("cv2",))
        values = _told(each_isolated(job, laid, "laying pictures over one another"), "pairs")
        return [1.0 if isinstance(value, Lost) else value for value in values]

    def _seen(self, positions: list[int]) -> dict[int, Array]:
        """The pictures at these positions, as they are compared closely, but for those that cannot be read any more."""
        modality = self.opener.modality
        job = Job(_Close(self.opener, self.least_px), modality.seconds, modality.imports)
        places = [self.places[position] for position in positions]
        found = _told(each_isolated(job, places, "a closer look"), "pictures")
        return {position: one for position, one in zip(positions, found, strict=True) if isinstance(one, np.ndarray)}


def _told(results: Iterator[Any], what: str) -> list[Any]:
    """All results; those that ended their process are warned of."""
    found = list(results)
    lost = [one for one in found if isinstance(one, Lost)]
    if lost:
        say.warn(
            f"a second look failed for {len(lost)} of {len(found)} {what}, which count as no copies: {lost[0].detail}"
        )
    return found


@dataclass(frozen=True)
class _Close:
    """What a process does with a picture that is read once more."""

    opener: Opener
    least_px: int | None

    def __call__(self, place: Place) -> Array | None:
        sample = self.opener(place, self.least_px)
        return None if isinstance(sample, Unreadable) else registration.close(sample.value)


def _unlikeness(laid: tuple[Array | None, Array | None, Array]) -> float:
    """What a process does with a pair: 1, for not alike at all, where one of them could not be read."""
    one, other, start = laid
    return 1.0 if one is None or other is None else registration.unlikeness(one, other, start)
