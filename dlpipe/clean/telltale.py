"""How well one property alone predicts the class of samples that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = np.ndarray[Any, Any]

_BINS = 10
_VALUES = 50
_FOLDS = 5
_FEWEST = 5
"""Samples of a class below which it is left out: there must be one in each fold."""
_SURE = 0.02


@dataclass(frozen=True)
class Skill:
    """What a property predicts."""

    value: float
    """Balanced accuracy, scaled so that chance is 0 and certainty 1."""
    balanced_accuracy: float
    by_chance: float
    p: float
    """Share of permutations of the labels, this one among them, that do as well."""

    @property
    def above_chance(self) -> bool:
        return self.value > 0 and self.p <= _SURE


def skills(properties: Mapping[str, pl.Series], labels: pl.Series, permutations: int) -> dict[str, Skill]:
    """Skill of each property (numbers are binned by quantiles, anything else taken as it is); none where it can't be said.

    Samples must come in an order that is fixed, for folds and permutations go by it.
    """
    counts = labels.value_counts().filter(pl.col("count") >= _FEWEST)
    kept = labels.is_in(counts["label" if "label" in counts.columns else labels.name].to_list())
    classes = labels.filter(kept).rank("dense").to_numpy().astype(np.uint32) - 1
    if not len(classes) or classes.max() < 1:
        return {}
    random, number = np.random.default_rng(0), int(classes.max()) + 1
    folds = random.permutation(len(classes)) % _FOLDS
    bins = {name: _bins(values.filter(kept)) for name, values in properties.items()}
    asked = {name: _Question(found, folds, number) for name, found in bins.items() if found is not None}
    by_name = {name: question.balanced_accuracy(classes) for name, question in asked.items()}
    reached = dict.fromkeys(asked, 1)
    for _ in range(permutations):
        shuffled = random.permutation(classes)  # once for all properties: it takes longer than what is done with it
        for name, question in asked.items():
            reached[name] += question.balanced_accuracy(shuffled) >= by_name[name]
    return {
        name: Skill(
            max(0.0, (found - 1 / number) / (1 - 1 / number)), found, 1 / number, reached[name] / (1 + permutations)
        )
        for name, found in by_name.items()
    }


def _bins(values: pl.Series) -> Array | None:
    """The bin of every sample, (n,); None for a property that is constant or different almost everywhere."""
    if values.dtype.is_numeric() and values.n_unique() > _BINS:
        numbers = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, _BINS + 1)[1:-1]))
        return np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="right"))
    texts = values.cast(pl.String).fill_null("unknown")
    if not 2 <= texts.n_unique() <= _VALUES:  # noqa: PLR2004 - it takes two to differ
        return None
    return texts.rank("dense").to_numpy().astype(np.intp) - 1


class _Question:
    """What the bins of a property tell of the classes of samples that were not seen."""

    def __init__(self, bins: Array, folds: Array, num_classes: int) -> None:
        self._shape = (_FOLDS, int(bins.max()) + 1, num_classes)
        self._cells = (folds * self._shape[1] + bins) * num_classes

    def balanced_accuracy(self, classes: Array) -> float:
        """Mean recall where each bin answers with the class that is most over-represented in the other folds."""
        shape = self._shape
        counts = np.bincount(self._cells + classes, minlength=int(np.prod(shape))).reshape(shape)
        learned = counts.sum(axis=0) - counts
        share = learned / np.maximum(learned.sum(axis=1, keepdims=True), 1)
        answer = share.argmax(axis=2)
        hits = np.take_along_axis(counts, answer[:, :, None], axis=2)[:, :, 0]
        right = np.zeros(shape[2])
        np.add.at(right, answer, hits)
        return float((right / counts.sum(axis=(0, 1))).mean())
