"""Pictures with the same pixels in different bytes: saved again without loss, or with other metadata."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlpipe import similarity
from dlpipe.clean.checks import Check, Finding, Seen
from dlpipe.clean.duplicates import best_first, contents, with_labels
from dlpipe.clean.views import LEAST_PX, fingerprint
from dlpipe.core.loop import each
from dlpipe.modalities import Unreadable

if TYPE_CHECKING:
    from dlpipe.modalities import Sample

Array = np.ndarray[Any, Any]

_RADIUS = 3
"""Bits of the hash by which decoding a JPEG smaller may change it."""

_LEVELS = 3
"""Grey levels by which it may change a sixteenth of the picture."""

_HASH = slice(0, 8)
_SIXTEENTHS = slice(8, 24)
_SIZE = slice(24, 40)


class SamePixels(Check):
    """Pictures with the same pixels as another one in other bytes (saved again without loss), which is kept instead.

    What looks the same small is decoded again in full and compared pixel by pixel. Equal bytes are left to
    `exact_duplicate`. Of equal pictures the smallest id is kept; a difference in their labels is noted.
    """

    modalities: ClassVar[tuple[str, ...]] = ("image",)
    least_px: ClassVar[int | None] = LEAST_PX
    compares: ClassVar[bool] = True

    def look(self, sample: Sample) -> Array:
        """A hash and sixteen grey levels, (24,) uint8."""
        found = fingerprint(sample)
        return np.concatenate([similarity.hash_of(found).view(np.uint8), similarity.sixteenths(found)])

    def judge(self, seen: Seen) -> Finding:
        count = seen.samples.height
        digests = self._digests(seen) if count else {}
        ids, content = seen.samples["id"].to_list(), contents(seen).tolist() if count else []
        best: dict[str, int] = {}
        partners: list[str | None] = [None] * count
        for place in best_first(seen).tolist():
            kept = best.setdefault(digests[place], place) if place in digests else place
            if content[kept] != content[place]:
                partners[place] = ids[kept]
        reasons = with_labels(seen, partners, [f"same pixels as {partner}" if partner else "" for partner in partners])
        return Finding(np.array([float(partner is not None) for partner in partners]), reasons, partners)

    def _digests(self, seen: Seen) -> dict[int, str]:
        """The digest of all pixels of each sample that looks like another one, by its place."""
        again, known, ids = seen.again, seen.memory, seen.samples["id"].to_list()
        if again is None:
            return {}

        def digest(place: int) -> str:
            if ids[place] not in known:
                sample = again(place, None)
                pixels = None if isinstance(sample, Unreadable) else np.ascontiguousarray(sample.value)
                shown = b"" if pixels is None else repr(pixels.shape).encode() + pixels.tobytes()
                known[ids[place]] = hashlib.sha256(shown or ids[place].encode()).hexdigest()
            return known[ids[place]]

        sizes = seen.facts.select("width", "height").to_numpy()
        smaller = (seen.facts["format"] == "jpeg").to_numpy() & (sizes.max(axis=1) >= 2 * LEAST_PX)
        places = _alike(np.stack(seen.looks), sizes, smaller)
        return dict(zip(places, each(digest, places, "comparing pixels"), strict=True))


def _alike(looks: Array, sizes: Array, smaller: Array) -> list[int]:
    """Places of all that look like another one of the same size; exactly, but for those `smaller`, (n,) bool.

    Equal pixels have equal looks. A large JPEG may have been decoded smaller, which rounds otherwise.
    """
    told = np.column_stack([looks, np.ascontiguousarray(sizes.astype(np.int64)).view(np.uint8), smaller])
    one_of_each, of = np.unique(told, axis=0, return_inverse=True)
    cluster = of.ravel()
    if smaller.any():
        i, j = _near(one_of_each)
        cluster = similarity.clusters(len(one_of_each), i, j)[cluster]
    return np.flatnonzero(np.bincount(cluster)[cluster] > 1).tolist()


def _near(told: Array) -> tuple[Array, Array]:
    """Pairs of which one may have been decoded smaller, and that look nearly alike."""
    i, j = similarity.pairs_within(np.ascontiguousarray(told[:, _HASH]).view(np.uint64).ravel(), _RADIUS)
    grey = told[:, _SIXTEENTHS].astype(np.int16)
    near = np.abs(grey[i] - grey[j]).max(axis=1, initial=0) <= _LEVELS
    near &= (told[i, _SIZE] == told[j, _SIZE]).all(axis=1) & (told[i, -1] | told[j, -1]).astype(bool)
    return i[near], j[near]
