"""The exported model's answers on the test split, and what must be true of both before they count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.plugin import described
from dlpipe.core.say import say
from dlpipe.encoding import EncodedSamples
from dlpipe.metrics import Predictions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlpipe.dataset import Dataset
    from dlpipe.predictor import Predictor, Scores

SPLITS = ("train", "val", "test")


def parts_of(samples: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows of each split.

    Raises:
        DlpipeError: none is in the test split.
        ValueError: a row of a split has no label, or stands in two; a bug of `split`.
    """
    placed = samples.filter(pl.col("split").is_not_null())
    if placed["label"].null_count() or placed["id"].n_unique() != placed.height:
        raise ValueError("split gave a place to a sample without a label, or two places to one")
    parts = {name: placed.filter(pl.col("split") == name) for name in SPLITS}
    if parts["test"].is_empty():
        fix = "label more samples, or raise the test share in the pipeline's `split` section"
        raise DlpipeError("the test split is empty: there is nothing to measure on", fix, Exit.NO)
    return parts


def seen_in_training(parts: dict[str, pl.DataFrame]) -> int:
    """How many test samples have the very bytes of one the model was fitted on; rows of tables are not compared."""
    if "row" in parts["test"].columns:
        return 0
    fitted = pl.concat([parts["train"], parts["val"]])["digest"]
    return int(parts["test"]["digest"].is_in(fitted.implode()).sum())


def check_same(predictor: Predictor, dataset: Dataset, parts: dict[str, pl.DataFrame]) -> None:
    """Refuses a model of other classes or another preprocessing than this data's.

    Raises:
        DlpipeError: they differ (exit 5).
    """
    classes = list(predictor.classes)
    ours = dataset.task.classes(pl.concat(list(parts.values()))["label"])
    found = [
        ("classes", classes, ours),
        ("positive class", predictor.positive, dataset.task.positive(ours)),
        ("modality", described(predictor.modality), described(dataset.modality)),
    ]
    for what, models, datas in found:
        if models != datas:
            problem = f"the exported model's {what} {models} is not the pipeline's {datas}"
            raise DlpipeError(
                problem, "`dlpipe run` trains and exports with what the pipeline says now", Exit.INTEGRITY
            )


def scored(
    predictor: Predictor, raw: Path, samples: pl.DataFrame, look: Callable[[NDArray[Any]], None] | None = None
) -> Predictions:
    """The exported model's answers, a row each for every sample; `look` sees every batch of encoded samples.

    Raises:
        DlpipeError: a sample is gone, changed, or cannot be read any more (exit 5), or is of a group that the model has
            no rule for (exit 3).
    """
    groups = predictor.groups_of(samples)
    encoded = EncodedSamples(predictor.modality, raw, samples, "evaluate")
    answers: list[Scores] = []
    for batch in encoded:
        of = None if groups is None else [groups[position] for position in batch.positions]
        answers.append(predictor.scores(batch.inputs, of))
        if look is not None:
            look(batch.inputs)
    if encoded.unreadable:
        first = encoded.unreadable[0]
        problem = f"{len(encoded.unreadable):,} test samples cannot be read, first {first.id}: {first.detail}"
        fix = "`clean` sets such samples aside; `dlpipe run` starts from what raw/ holds now"
        raise DlpipeError(problem, fix, Exit.INTEGRITY)
    probabilities = np.concatenate([answer.probabilities for answer in answers]).astype(np.float64)
    predicted: NDArray[Any] = np.concatenate([answer.predicted for answer in answers])
    predicted = predicted.astype(np.int64) if predicted.ndim == 1 else predicted
    if len(predicted) != samples.height:
        raise ValueError(f"{len(predicted)} of {samples.height} test samples were evaluated")
    say.detail(f"{samples.height:,} test samples went through the exported model")
    return Predictions(probabilities, predicted, predictor.positive)
