"""Copies of a picture that were resized, compressed again, exposed anew or mirrored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe import similarity
from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.duplicates import best_first, contents
from dlpipe.clean.score import falling
from dlpipe.clean.views import LEAST_PX, small

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

Array = np.ndarray[Any, Any]


class NearDuplicate(Check):
    """Pictures that are copies of another one (resized, compressed again, brightened, mirrored), which is kept instead.

    A hash proposes pairs, pixels decide (`dlpipe.similarity`): look-alikes are not copies. Score 0.5 where the small
    grey pictures differ by 0.1 % of their variance. Crops, rotations and second photos of the same thing are not found,
    nor are equal bytes, which `exact_duplicate` finds.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    least_px: ClassVar[int | None] = LEAST_PX
    compares: ClassVar[bool] = True

    def look(self, sample: Sample) -> Array:
        """A fingerprint, (1072,) uint8."""
        return similarity.fingerprint(small(sample))

    def judge(self, seen: Seen) -> Finding:
        count = seen.samples.height
        if not count:
            return Finding(np.zeros(0), [], [])
        order = best_first(seen)
        looks = np.stack(seen.looks)[order]
        first, of = _different(looks)
        found = _judged(similarity.alike(similarity.prints(list(looks[first]))), len(first), self.threshold)
        scores, partners, mirrored = found.scores[of], found.partners[of], found.mirrored[of]
        content = contents(seen)[order]
        again = content != content[first][of]  # other bytes, the same small picture
        scores[again] = 1
        partners = np.where(again & (partners < 0), of, partners)
        ids = seen.samples["id"].to_numpy()[order][first]
        said = [ids[partner] if partner >= 0 else None for partner in partners.tolist()]
        reasons = [
            f"a {'mirrored ' * flipped}copy of {partner}" if partner else ""
            for partner, flipped in zip(said, mirrored.tolist(), strict=True)
        ]
        back = np.argsort(order).tolist()
        return Finding(scores[back], [reasons[row] for row in back], [said[row] for row in back])


def _different(looks: Array) -> tuple[Array, Array]:
    """Positions of the first of each fingerprint, ascending, and for every picture which of these it equals."""
    rows = np.ascontiguousarray(looks).view(np.dtype((np.void, looks.shape[1]))).ravel()
    _, first, of = np.unique(rows, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return np.sort(first), rank[of]


@dataclass(frozen=True)
class _Judged:
    scores: Array
    partners: Array
    """-1 where there is none."""
    mirrored: Array


def _judged(pairs: similarity.Pairs, count: int, threshold: float) -> _Judged:
    """Takes pictures best first; each is a copy of a better one that is kept, or is kept itself."""
    scores = falling(1 - pairs.likeness, similarity.UNLIKENESS)
    copied = np.flatnonzero(scores >= threshold)
    found = _Judged(np.zeros(count), np.full(count, -1), np.zeros(count, bool))
    for better, later, score, flipped in zip(
        pairs.i[copied].tolist(), pairs.j[copied].tolist(), scores[copied].tolist(), pairs.mirrored[copied], strict=True
    ):
        if found.partners[better] < 0 and score > found.scores[later]:
            found.scores[later], found.partners[later], found.mirrored[later] = score, better, flipped
    near = (found.partners[pairs.i] < 0) & (scores < threshold)
    np.maximum.at(found.scores, pairs.j[near], scores[near])
    return found
