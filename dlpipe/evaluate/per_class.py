"""Precision, recall and F1 of every class, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.evaluate.measuring import Entry, Ruler, entry
from dlpipe.metrics import Undefined
from dlpipe.metrics.weighing import Prepared, Weighed
from dlpipe.statistics import weighed

if TYPE_CHECKING:
    from dlpipe.metrics import Predictions

NAMES = ("precision", "recall", "f1")
_LACKING = ("it is never the answer", "no sample has this label", "it is neither label nor answer")


def by_class(ruler: Ruler, predictions: Predictions, classes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`n` samples of the label, and each of `NAMES`, by class."""
    prepared = Prepared(ruler.y_true, predictions)
    once = np.ones((1, ruler.y_true.size), dtype=np.uint8)
    values = _values(Weighed(prepared, once))[0]
    drawn = weighed(lambda counts: _values(Weighed(prepared, counts)), ruler.resamples)
    size = np.bincount(ruler.y_true, minlength=len(classes))
    units = ruler.resamples.num_units()

    def told(index: int, what: int) -> Entry:
        value = float(values[index, what])
        return entry(
            Undefined(_LACKING[what]) if np.isnan(value) else value, drawn[:, index, what], ruler.confidence, units
        )

    return {
        name: {"n": int(size[index]), **{called: told(index, what) for what, called in enumerate(NAMES)}}
        for index, name in enumerate(classes)
    }


def _values(samples: Weighed) -> NDArray[Any]:
    """Shape (R, K, 3), NaN where undefined."""
    with np.errstate(invalid="ignore"):
        both = samples.actual + samples.named
        return np.stack(
            [samples.right / samples.named, samples.right / samples.actual, 2 * samples.right / both], axis=2
        )
