"""How far cropped and turned copies get on their way to being called copies, and how far look-alikes get.

Copies of solar cells, which all look alike, and of pieces of two photos are put among the originals. First low frequencies
propose pairs, then fingerprints reject those that will not fit, then pictures are read once more and laid over one another.
"""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from dlpipe import similarity
from dlpipe.similarity import registration
from dlpipe.similarity.moves import candidates
from dlpipe.similarity.promise import PROMISE, left_by_a_step
from tests.benchmarks.bench import DLPIPE, seconds, solar_project
from tests.benchmarks.planted import pieces, solar_cells
from tests.similarity.changed import CHANGES, compressed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Array = np.ndarray[Any, Any]

MINUTES = 2
_THEN: dict[str, Callable[[Array], Array]] = {
    "": lambda picture: picture,
    "compressed": lambda picture: compressed(picture, 40),
    "half the size": lambda picture: np.asarray(
        cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    ),
    "brighter": lambda picture: np.clip(picture * 1.1, 0, 255).astype(np.uint8),
}


def measure() -> dict[str, Any]:
    """Counts and shares for solar cells and for photos."""
    with tempfile.TemporaryDirectory() as folder:
        project = solar_project(Path(folder))
        seconds([*DLPIPE, "fetch", "solar"], project)
        cells = solar_cells(project / "data/solar/raw")
    return {"solar cells": _way(cells, 16), "photos": _way(pieces(180, 30), 8)}


def _way(pictures: Sequence[Array], each: int) -> dict[str, Any]:
    """`each` copies of every kind among `pictures`."""
    random = np.random.default_rng(0)
    kinds = [(change, then) for change, then in product(CHANGES, _THEN) for _ in range(each)]
    of = random.integers(0, len(pictures), len(kinds))
    copies = [_THEN[then](CHANGES[change](pictures[place])) for (change, then), place in zip(kinds, of, strict=True)]
    everything = [*pictures, *copies]
    prints = similarity.prints([similarity.fingerprint(np.ascontiguousarray(one)) for one in everything])
    found = candidates(prints)
    source = np.concatenate([np.arange(len(pictures)), of])
    is_copy = source[found.one] == source[found.other]
    left = left_by_a_step(prints.grey, found)
    close = [registration.close(np.ascontiguousarray(one)) for one in everything]
    coarse, last = np.ones(len(found.one)), np.ones(len(found.one))
    for row, (one, other) in enumerate(zip(found.one.tolist(), found.other.tolist(), strict=True)):
        move, coarse[row] = registration.laid(close[one], close[other], found.start[row], registration.COARSE_PX)
        last[row] = registration.laid(close[one], close[other], move, registration.CLOSE_PX)[1]
    ends = last <= registration.MOVED_UNLIKENESS
    direct = is_copy & (np.minimum(found.one, found.other) < len(pictures))
    look_alike = ~is_copy & (left <= PROMISE)
    return {
        "copies": len(copies),
        "of them candidates": int(direct.sum()),
        "of those alike when laid over one another": int((direct & ends).sum()),
        "of these rejected on their fingerprints": int((direct & ends & (left > PROMISE)).sum()),
        "most that a step leaves of them": round(float(left[direct & ends].max()), 4),
        "of these rejected at 48 px": int((direct & ends & (coarse > registration.HOPELESS)).sum()),
        "most that differs of them at 48 px": round(float(coarse[direct & ends].max()), 4),
        "candidates that are no copies": int((~is_copy).sum()),
        "of them rejected on their fingerprints": round(float((left[~is_copy] > PROMISE).mean()), 3),
        "of the others rejected at 48 px": round(float((coarse[look_alike] > registration.HOPELESS).mean()), 3),
        "of them called copies": int((look_alike & (coarse <= registration.HOPELESS) & ends).sum()),
    }
