"""How the model's numbers fall when pictures get worse: corruptions of five strengths, on some of the test samples."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.loop import each
from dlpipe.core.say import say
from dlpipe.evaluate.corruptions import LEVELS, Corruption
from dlpipe.evaluate.looking import readable
from dlpipe.evaluate.measuring import Entry, Measured, Ruler, entry
from dlpipe.metrics import Metric, Predictions, Undefined

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.predictor import Predictor
    from dlpipe.statistics import Resamples

HEADLINES = ("auroc", "balanced_accuracy", "accuracy", "mean_average_precision", "micro_f1")
"""Metrics that are followed through all corruptions, those of them that are measured at all; else the first three."""

_BATCH = 64


@dataclass(frozen=True)
class Subject:
    """What is corrupted, and with what the answers are measured."""

    predictor: Predictor
    raw: Path
    samples: pl.DataFrame
    """Some of the test samples."""
    ruler: Ruler
    seed: int


def some_of(samples: pl.DataFrame, most: int, seed: int) -> NDArray[Any]:
    """Positions of up to `most` samples, each label with its share.

    Within a label the order is that of a hash of (seed, id). Shape (n,), sorted.
    """
    keys = [hashlib.sha256(f"{seed}\0{one}".encode()).digest() for one in samples["id"].to_list()]
    labels = samples["label"].to_list()
    place = np.zeros(samples.height)
    for label in set(labels):
        members = sorted((at for at, one in enumerate(labels) if one == label), key=lambda at: keys[at])
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    order = sorted(range(samples.height), key=lambda at: (float(place[at]), keys[at]))
    return np.sort(np.array(order[:most], dtype=np.intp))


def followed(metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    """The metrics that are measured on corrupted samples."""
    names = [name for name in HEADLINES if name in metrics] or list(metrics)[: len(HEADLINES)]
    return {name: metrics[name] for name in names}


def measure(subject: Subject, corruptions: Mapping[str, Corruption], clean: Predictions) -> dict[str, Any]:
    """The evaluation's `robustness`: by corruption and strength, their mean, and what is lost against clean samples.

    Args:
        subject: Of n samples.
        corruptions: By name; none gives an empty mapping.
        clean: The model's answers on the same samples as they are.

    Raises:
        DlpipeError: the modality cannot be corrupted in one of these ways (exit 2), or a sample was changed (exit 5).
    """
    if not corruptions:
        return {}
    _refuse_others(subject.predictor.modality.name, corruptions)
    say.note(
        f"corrupting {subject.samples.height:,} test samples in {len(corruptions)} ways of {len(LEVELS)} strengths"
    )
    ruler = subject.ruler
    sound = ruler.measure(clean)
    by_corruption: dict[str, Any] = {}
    means: list[_Mean] = []
    for name, corruption in corruptions.items():
        answers = _answers(subject, name, corruption)
        measured = [ruler.measure(said) for said in answers]
        means.append(_mean([_of(one) for one in measured]))
        by_corruption[name] = {
            **{f"strength_{level}": one.entries for level, one in zip(LEVELS, measured, strict=True)},
            "mean": _entries(means[-1], ruler),
            "relative_drop": _entries(_drop(_of(sound), means[-1]), ruler),
        }
    overall = _mean(means)
    return {
        "n": subject.samples.height,
        "clean": sound.entries,
        "by_corruption": by_corruption,
        "mean": _entries(overall, ruler),
        "relative_drop": _entries(_drop(_of(sound), overall), ruler),
    }


def _refuse_others(modality: str, corruptions: Mapping[str, Corruption]) -> None:
    unfit = [name for name, one in corruptions.items() if modality not in one.modalities]
    if unfit:
        problem = f"evaluate.robustness: {', '.join(unfit)} cannot change samples of the modality '{modality}'"
        raise DlpipeError(problem, "`robustness: {}` measures without", Exit.INPUT)


def _answers(subject: Subject, name: str, corruption: Corruption) -> list[Predictions]:
    """The model's answers at every strength."""
    reader = subject.predictor.modality.reader(subject.raw, subject.samples)
    ids = subject.samples["id"].to_list()

    def corrupted(position: int) -> NDArray[Any]:
        sample = readable(reader[position])
        encode = subject.predictor.modality.encode
        seeds = [_seed(subject.seed, ids[position], name, level) for level in LEVELS]
        return np.stack(
            [encode(corruption.corrupt(sample.value, level, seed)) for level, seed in zip(LEVELS, seeds, strict=True)]
        )

    stacks = each(corrupted, range(len(ids)), f"corrupt: {name}")
    groups = subject.predictor.groups_of(subject.samples)
    of = None if groups is None else iter([group for group in groups for _ in LEVELS])
    scores = [
        subject.predictor.scores(batch, None if of is None else list(islice(of, len(batch))))
        for batch in _batches(stacks)
    ]
    probabilities = np.concatenate([score.probabilities for score in scores])
    predicted = np.concatenate([score.predicted for score in scores])
    positive = subject.predictor.positive
    return [
        Predictions(probabilities[at :: len(LEVELS)], predicted[at :: len(LEVELS)], positive)
        for at in range(len(LEVELS))
    ]


def _batches(stacks: Iterator[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """Stacks of a few arrays as batches of many, in their order."""
    waiting: list[NDArray[Any]] = []
    for stack in stacks:
        waiting.append(stack)
        if sum(map(len, waiting)) >= _BATCH:
            yield np.concatenate(waiting)
            waiting = []
    if waiting:
        yield np.concatenate(waiting)


def _seed(seed: int, sample_id: str, name: str, level: int) -> int:
    digest = hashlib.sha256(f"{seed}\0{sample_id}\0{name}\0{level}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


@dataclass(frozen=True)
class _Mean:
    """Values of all metrics, NaN where undefined."""

    values: NDArray[Any]
    """Shape (number of metrics,)."""
    resampled: NDArray[Any]
    """Shape (number of resamples, number of metrics)."""


def _of(measured: Measured) -> _Mean:
    values = [np.nan if one["value"] is None else one["value"] for one in measured.entries.values()]
    return _Mean(np.array(values, dtype=np.float64), measured.resampled)


def _mean(parts: list[_Mean]) -> _Mean:
    return _Mean(np.mean([one.values for one in parts], axis=0), np.mean([one.resampled for one in parts], axis=0))


def _drop(sound: _Mean, worse: _Mean) -> _Mean:
    """The share of the clean value that is lost; of a metric that should be low, gained (below 0)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values, resampled = 1 - worse.values / sound.values, 1 - worse.resampled / sound.resampled
    return _Mean(np.where(sound.values == 0, np.nan, values), np.where(sound.resampled == 0, np.nan, resampled))


def _entries(found: _Mean, ruler: Ruler) -> dict[str, Entry]:
    rows = zip(ruler.metrics, found.values, found.resampled.T, strict=True)
    why = Undefined("undefined at one of the strengths, or 0 on clean samples")
    return {
        name: entry(why if np.isnan(value) else float(value), column, ruler.confidence) for name, value, column in rows
    }


def ruler_of(metrics: Mapping[str, Metric], y_true: NDArray[Any], resamples: Resamples, confidence: float) -> Ruler:
    """What corrupted samples are measured with."""
    return Ruler(followed(metrics), y_true, resamples, confidence)
