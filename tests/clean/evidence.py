"""Evidence for tests of checks: decoded samples and what one check saw of them, without files."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.clean.checks import Again, Check, Seen
from dlpipe.clean.pile import Pile
from dlpipe.clean.scan import Evidence
from dlpipe.core.table import VOTE_COLUMNS
from dlpipe.modalities import Sample
from tests.holding import Held, places
from tests.making import picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def sample(sample_id: str, value: np.ndarray[Any, Any]) -> Sample:
    height, width = value.shape[:2]
    told = {"mode": "RGB", "format": "png", "several_frames": False, "transparent": False, "private": ""}
    facts = {"width": width, "height": height, **told, "name_agrees": True}
    return Sample(sample_id, np.ascontiguousarray(value), facts)


def scene(number: int, size_px: int = 96) -> np.ndarray[Any, Any]:
    """A picture with something to see, different for every number: smooth blobs and a few sharp edges."""
    import cv2

    random = np.random.default_rng(number)
    coarse = random.integers(0, 256, (7, 7, 3), dtype=np.uint8)
    smooth = cv2.resize(coarse, (size_px, size_px), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(0.6 * smooth + 0.4 * picture(number % 3, number, size_px), 0, 255).astype(np.uint8))


def table(samples: Sequence[Sample]) -> pl.DataFrame:
    """The samples table of decoded samples; equal pixels have equal digests."""
    digests = [hashlib.sha256(sample.value.tobytes()).hexdigest() for sample in samples]
    ids = [sample.id for sample in samples]
    return pl.DataFrame(
        {"id": ids, "path": ids, "digest": digests}, schema=dict.fromkeys(("id", "path", "digest"), pl.String)
    )


def votes(labels: Mapping[str, str]) -> pl.DataFrame:
    rows = [(sample_id, "folder", label, 1.0) for sample_id, label in labels.items()]
    return pl.DataFrame(rows, schema=VOTE_COLUMNS, orient="row")


def facts(samples: Sequence[Sample]) -> pl.DataFrame:
    return pl.DataFrame([dict(sample.facts) for sample in samples])


def seen(check: Check, samples: Sequence[Sample], labels: Mapping[str, str] | None = None) -> Seen:
    """What `check` sees of these samples."""
    looks = [check.look(sample) for sample in samples] if check.looks_at_samples else []
    vectors = np.random.default_rng(0).normal(size=(len(samples), 8)).astype(np.float32)
    own = vectors if check.uses_vectors else None
    return Seen(table(samples), votes(labels or {}), facts(samples), looks, own, again(samples))


def again(samples: Sequence[Sample]) -> Again:
    """Reads the samples once more."""
    held: Any = Held({sample.id: sample.value for sample in samples})
    return Again(held, places(sample.id for sample in samples))


def evidence(samples: Sequence[Sample], checks: Mapping[str, Check]) -> Evidence:
    """What looking at these samples gives, all of them readable."""
    looks = {
        name: Pile(check.look(sample) for sample in samples) for name, check in checks.items() if check.looks_at_samples
    }
    return Evidence([], list(range(len(samples))), Pile(sample.facts for sample in samples), looks)
