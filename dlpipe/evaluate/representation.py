"""How groups stand in the data, and whether the model widens the differences that the data have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dlpipe.evaluate.measuring import Entry, Ruler, entry, rounded
from dlpipe.metrics import Undefined
from dlpipe.metrics.fairness import shares
from dlpipe.metrics.weighing import Prepared, Weighed
from dlpipe.statistics import weighed

if TYPE_CHECKING:
    from dlpipe.metrics import Predictions


def representation(
    parts: Mapping[str, pl.DataFrame], groups: Mapping[str, Mapping[str, NDArray[Any]]], classes: Sequence[str]
) -> dict[str, Any]:
    """By attribute, group and split: `n`, the group's `share` of the split, and each label's share of the group.

    Args:
        parts: The samples of each split.
        groups: By split and attribute, the group of each sample.
        classes: Names of the labels.
    """
    return {
        attribute: {
            str(value): {split: _held(parts[split], groups[split][attribute] == value, classes) for split in parts}
            for value in np.unique(np.concatenate([each[attribute] for each in groups.values()]))
        }
        for attribute in next(iter(groups.values()))
    }


def _held(part: pl.DataFrame, inside: NDArray[Any], classes: Sequence[str]) -> dict[str, Any]:
    n = int(inside.sum())
    labels = part["label"].to_numpy()[inside]
    told = {name: rounded(float(np.mean(labels == name))) if n else None for name in classes}
    return {"n": n, "share": rounded(n / part.height) if part.height else None, "labels": told}


def amplification(
    ruler: Ruler, predictions: Predictions, groups: Mapping[str, NDArray[Any]], classes: Sequence[str]
) -> dict[str, dict[str, Entry]]:
    """How much further apart two groups' shares of a class are in the answers than in the labels, by attribute.

    Of each class, or of the positive one of two, the groups are those that have it least and most often by label; above
    0 the model widens their difference, below 0 it levels it (after Zhao et al., "Men Also Like Shopping", EMNLP 2017).
    """
    wanted = range(len(classes)) if predictions.positive is None else [predictions.positive]
    found: dict[str, dict[str, Entry]] = {}
    prepared, units = Prepared(ruler.y_true, predictions), ruler.resamples.num_units()
    for attribute, group in groups.items():
        names, at = np.unique(group, return_inverse=True)
        tables = [Weighed(prepared, np.ones((1, at.size), dtype=np.uint8)).table(at, names.size)]
        drawn = weighed(
            lambda counts, at=at, size=names.size: Weighed(prepared, counts).table(at, size), ruler.resamples
        )
        for index in wanted:
            labelled, _ = _rates(tables[0], index)
            ends = int(labelled[0].argmin()), int(labelled[0].argmax())
            value = float(_wider(tables[0], index, ends)[0])
            given = Undefined("all groups have the label equally often") if ends[0] == ends[1] else value
            told = entry(given, _wider(drawn, index, ends), ruler.confidence, units)
            found.setdefault(attribute, {})[classes[index]] = {**told, "between": [str(names[end]) for end in ends]}
    return found


def _rates(counts: NDArray[Any], index: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Of each group, the share of a class among labels and among answers. (R, G, K, K) → two of (R, G)."""
    whole = counts.sum(axis=(2, 3))
    return shares(counts[:, :, index, :].sum(axis=2), whole), shares(counts[:, :, :, index].sum(axis=2), whole)


def _wider(counts: NDArray[Any], index: int, ends: tuple[int, int]) -> NDArray[Any]:
    labelled, named = _rates(counts, index)
    return (named[:, ends[1]] - named[:, ends[0]]) - (labelled[:, ends[1]] - labelled[:, ends[0]])
