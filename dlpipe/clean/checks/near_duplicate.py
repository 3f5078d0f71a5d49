"""Copies of a picture that were resized, compressed again, exposed anew, mirrored, cropped or turned a little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from dlpipe import similarity
from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.duplicates import best_first, contents, distinct, with_labels
from dlpipe.clean.score import falling
from dlpipe.clean.views import LEAST_PX, fingerprint

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

Array = np.ndarray[Any, Any]

_WORDS = ("a copy", "a mirrored copy", "a cropped or turned copy")


class NearDuplicate(Check):
    """Pictures that are copies of another one (resized, compressed, brightened, mirrored, cropped, turned), which is kept.

    A hash proposes pairs, pixels decide (`dlpipe.similarity`): look-alikes are not copies. Score 0.5 where the small
    grey pictures differ by 0.1 % of their variance. Crops of up to 5 % at each side and turns of 2° are proposed by low
    frequencies of pictures that were moved likewise, read once more, and laid over one another: score 0.5 where 0.1 %
    still differ. Second photos of the same thing are no copies; equal bytes are left to `exact_duplicate`.
    """

    moved: bool = Field(
        default=True, description="Whether to look for crops and turned copies too: files are read again."
    )

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    least_px: ClassVar[int | None] = LEAST_PX
    compares: ClassVar[bool] = True

    def look(self, sample: Sample) -> Array:
        """A fingerprint, (1072,) uint8."""
        return fingerprint(sample)

    def prepare(self) -> None:
        similarity.prepare()

    def judge(self, seen: Seen) -> Finding:
        count = seen.samples.height
        if not count:
            return Finding(np.zeros(0), [], [])
        order = best_first(seen)
        looks = np.stack([seen.looks[place] for place in order.tolist()])
        first, of = distinct(looks)
        pairs = similarity.alike(similarity.prints(looks[first]), self._closely(seen, order[first]))
        found = _judged(pairs, len(first), self.threshold)
        scores, partners, kinds = found.scores[of], found.partners[of], found.kinds[of]
        content = contents(seen)[order]
        again = content != content[first][of]  # other bytes, the same small picture
        scores[again] = 1
        partners = np.where(again & (partners < 0), of, partners)
        ids = seen.samples["id"].to_numpy()[order][first]
        said = [ids[partner] if partner >= 0 else None for partner in partners.tolist()]
        reasons = [
            f"{_WORDS[kind]} of {partner}" if partner else ""
            for partner, kind in zip(said, kinds.tolist(), strict=True)
        ]
        back = np.argsort(order).tolist()
        found_again = [said[row] for row in back]
        return Finding(scores[back], with_labels(seen, found_again, [reasons[row] for row in back]), found_again)

    def _closely(self, seen: Seen, positions: Array) -> similarity.Closely | None:
        """A second look at the pictures at these positions."""
        again = seen.again
        if not self.moved or again is None:
            return None
        names = seen.samples["id"].gather(positions).to_list()
        places = [again.places[row] for row in positions.tolist()]
        return similarity.Closely(names, places, again.opener, LEAST_PX, seen.memory)


@dataclass(frozen=True)
class _Judged:
    scores: Array
    partners: Array
    """-1 where there is none."""
    kinds: Array
    """0 for a plain copy, 1 for a mirrored one, 2 for one that was cropped or turned."""


def _judged(pairs: similarity.Pairs, count: int, threshold: float) -> _Judged:
    """Takes pictures best first; each is a copy of a better one that is kept, or is kept itself."""
    scores = falling(1 - pairs.likeness, similarity.UNLIKENESS)
    copied = np.flatnonzero(scores >= threshold)
    found = _Judged(np.zeros(count), np.full(count, -1), np.zeros(count, np.intp))
    kinds = pairs.mirrored + 2 * pairs.moved
    columns = (column[copied].tolist() for column in (pairs.i, pairs.j, scores, kinds))
    for better, later, score, kind in zip(*columns, strict=True):
        if found.partners[better] < 0 and score > found.scores[later]:
            found.scores[later], found.partners[later], found.kinds[later] = score, better, kind
    near = (found.partners[pairs.i] < 0) & (scores < threshold)
    np.maximum.at(found.scores, pairs.j[near], scores[near])
    return found
