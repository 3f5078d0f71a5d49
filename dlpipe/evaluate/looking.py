"""One more look at samples: what the network says inside (logits, features), and a fingerprint of each picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlpipe import similarity
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.loop import each
from dlpipe.modalities import Sample, Unreadable

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from dlpipe.predictor import Predictor

_BATCH = 64


@dataclass(frozen=True)
class Inside:
    """What the network says of n samples before it answers."""

    logits: NDArray[Any]
    """Shape (n, K)."""
    features: NDArray[Any]
    """Shape (n, F)."""


@dataclass(frozen=True)
class Looked:
    """What is known of n samples."""

    inside: Inside
    """Of those samples that were asked about, m of n."""
    fingerprints: list[NDArray[Any]]
    """Of all n; none where samples are no pictures."""


def look(predictor: Predictor, raw: Path, samples: pl.DataFrame, asked: NDArray[Any], description: str) -> Looked:
    """Reads samples once.

    Args:
        predictor: The exported model.
        raw: Where the media lie.
        samples: n rows.
        asked: Positions of those that go through the network, shape (m,), sorted.
        description: For the progress bar.

    Raises:
        DlpipeError: a sample is gone, changed, or cannot be read any more (exit 5).
    """
    reader = predictor.modality.reader(raw, samples)
    is_asked = np.isin(np.arange(samples.height), asked)
    is_picture = predictor.modality.layout == "image"

    def seen(position: int) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
        sample = readable(reader[position])
        encoded = predictor.modality.encode(sample.value) if is_asked[position] else None
        return encoded, similarity.fingerprint(sample.value) if is_picture else None

    fingerprints: list[NDArray[Any]] = []

    def encoded() -> Iterator[NDArray[Any]]:
        for array, fingerprint in each(seen, range(samples.height), description):
            if fingerprint is not None:
                fingerprints.append(fingerprint)
            if array is not None:
                yield array

    return Looked(through(predictor, encoded()), fingerprints)


def through(predictor: Predictor, encoded: Iterable[NDArray[Any]]) -> Inside:
    """What the network says inside of encoded samples, batch by batch."""
    scores = [predictor.scores(np.stack(batch)) for batch in _batches(encoded)]
    if not scores:
        empty = predictor.scores(np.empty((0, *predictor.description["example_shape"]), np.uint8))
        return Inside(empty.logits, empty.features)
    return Inside(
        np.concatenate([score.logits for score in scores]), np.concatenate([score.features for score in scores])
    )


def readable(sample: Sample | Unreadable) -> Sample:
    """A sample that was readable when it was split.

    Raises:
        DlpipeError: it cannot be read any more (exit 5).
    """
    if isinstance(sample, Unreadable):
        problem = f"the sample {sample.id} cannot be read: {sample.detail}"
        fix = "`clean` sets such samples aside; `dlpipe run` starts from what raw/ holds now"
        raise DlpipeError(problem, fix, Exit.INTEGRITY)
    return sample


def _batches(encoded: Iterable[NDArray[Any]]) -> Iterator[list[NDArray[Any]]]:
    waiting: list[NDArray[Any]] = []
    for array in encoded:
        waiting.append(array)
        if len(waiting) == _BATCH:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
