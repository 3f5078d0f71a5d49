"""Which test samples are explained: the surest errors, the least sure answers, and the surest right ones of each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Answers:
    """What the evaluation wrote of n test samples, in the order of their ids."""

    samples: pl.DataFrame
    """Their rows of the samples table, with `predicted` beside `label`."""
    probabilities: NDArray[Any]
    """Shape (n, K)."""
    y_true: NDArray[Any]
    """Shape (n,), class indices."""
    predicted: NDArray[Any]
    """Shape (n,), class indices."""

    @property
    def is_wrong(self) -> NDArray[Any]:
        """Shape (n,) bool."""
        return self.predicted != self.y_true

    @property
    def sureness(self) -> NDArray[Any]:
        """Probability of the answer. Shape (n,)."""
        return self.probabilities[np.arange(len(self.predicted)), self.predicted]


def answers_of(samples: pl.DataFrame, predictions: pl.DataFrame, classes: Sequence[str]) -> Answers:
    """Joins what `split` and `evaluate` wrote.

    Raises:
        DlpipeError: the two are of other samples or other classes (exit 5).
    """
    columns = [f"p.{name}" for name in classes]
    test = samples.filter(pl.col("split") == "test")
    if set(test["id"]) != set(predictions["id"]) or not set(columns) <= set(predictions.columns):
        problem = "evaluate/predictions.parquet is of other samples or classes than the split and the exported model"
        raise DlpipeError(problem, "`dlpipe run` makes all of them from one another", Exit.INTEGRITY)
    joined = test.join(predictions.drop("label"), on="id").sort("id")
    index = {name: place for place, name in enumerate(classes)}
    y_true, predicted = (np.array([index[name] for name in joined[column]]) for column in ("label", "predicted"))
    return Answers(joined.drop(columns), joined.select(columns).to_numpy(), y_true, predicted)


def choose(answers: Answers, classes: Sequence[str], errors: int, unsure: int, per_class: int) -> dict[str, list[int]]:
    """Positions by gallery: `errors`, `unsure`, `class 1`, … in the order of the classes; no more than are asked for."""
    sure = answers.sureness.round(6)
    wrong = np.flatnonzero(answers.is_wrong)
    ranked = np.sort(answers.probabilities, axis=1)
    margin = (ranked[:, -1] - ranked[:, -2]).round(6)
    found = {
        "errors": wrong[np.argsort(-sure[wrong], kind="stable")][:errors],
        "unsure": np.argsort(margin, kind="stable")[:unsure],
    }
    for place in range(len(classes)):
        right = np.flatnonzero(~answers.is_wrong & (answers.y_true == place))
        found[f"class {place + 1}"] = right[np.argsort(-sure[right], kind="stable")][:per_class]
    return {name: positions.tolist() for name, positions in found.items()}
