"""Copies of a picture that were resized, compressed again or exposed anew."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe import similarity
from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.duplicates import best_first, contents
from dlpipe.clean.score import falling

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

Array = np.ndarray[Any, Any]

_LIMIT = 0.001
"""Unlikeness of a copy. Over elpv JPEG of quality 40 makes 0.0004 and a third of the size 0.0003 (99th percentiles);
the most alike photos there of two solar cells from one machine are at 0.0017."""

_BLOCK = 64


class NearDuplicate(Check):
    """Pictures that are copies of another one (resized, compressed again, brightened), which is kept instead.

    A hash proposes pairs, pixels decide (`dlpipe.similarity`): look-alikes are not copies. Score 0.5 where the small
    grey pictures differ by 0.1 % of their variance. Flips, crops and second photos of the same thing are not found,
    nor are equal bytes, which `exact_duplicate` finds. Compares all pairs of hashes: 100,000 pictures take 20 seconds.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    compares: ClassVar[bool] = True

    def look(self, sample: Sample) -> Array:
        """A fingerprint, (1072,) uint8."""
        return similarity.fingerprint(sample.value)

    def judge(self, seen: Seen) -> Finding:
        ids = seen.samples["id"].to_list()
        search = _Search(similarity.prints(seen.looks), contents(seen), self.threshold)
        order = best_first(seen)
        for start in range(0, len(order), _BLOCK):
            search.take(order[start : start + _BLOCK])
        partners = [ids[partner] if partner >= 0 else None for partner in search.partners.tolist()]
        reasons = [f"a copy of {partner}" if partner else "" for partner in partners]
        return Finding(search.scores, reasons, partners)


@dataclass
class _Kept:
    """Positions of the samples that are kept so far, in an array that has room for all."""

    positions: Array
    count: int = 0

    def view(self) -> Array:
        return self.positions[: self.count]

    def add(self, position: int) -> None:
        self.positions[self.count] = position
        self.count += 1


class _Search:
    """Takes samples best first; each is a copy of a better one that is kept, or is kept itself."""

    def __init__(self, prints: similarity.Prints, same: list[tuple[str, int]], threshold: float) -> None:
        self._prints = prints
        self._same = same
        self._threshold = threshold
        self._kept = _Kept(np.zeros(len(prints), np.intp))
        self.scores = np.zeros(len(prints))
        self.partners = np.full(len(prints), -1)

    def take(self, block: Array) -> None:
        """Judges the next samples; memory stays that of one block against all that are kept."""
        for better, later, score in self._pairs(self._kept.view(), block):
            self._note(better, later, score)
        place = {position: number for number, position in enumerate(block.tolist())}
        inside: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for better, later, score in self._pairs(block, block):
            if place[better] < place[later]:
                inside[better].append((later, score))
        for position in place:
            if self.scores[position] < self._threshold:
                self._kept.add(position)
                for later, score in inside[position]:
                    self._note(position, later, score)

    def _note(self, better: int, later: int, score: float) -> None:
        if score > self.scores[later] and self._same[better] != self._same[later]:
            self.scores[later] = score
            self.partners[later] = better if score >= self._threshold else -1

    def _pairs(self, left: Array, right: Array) -> list[tuple[int, int, float]]:
        i, j = similarity.candidates(self._prints.hashes[left], self._prints.hashes[right])
        better, later = left[i], right[j]
        scores = falling(1 - similarity.likeness(self._prints, better, later), _LIMIT)
        return list(zip(better.tolist(), later.tolist(), scores.tolist(), strict=True))
