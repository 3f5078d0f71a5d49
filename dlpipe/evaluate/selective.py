"""What is gained by leaving the unsure samples to a person, and whether sets of possible labels hold the right one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.evaluate.measuring import Entry, Ruler, entry
from dlpipe.metrics.weighing import Order, Prepared, Weighed
from dlpipe.statistics import weighed

if TYPE_CHECKING:
    from dlpipe.metrics import Predictions

SHARES = (50, 60, 70, 80, 90, 100)
"""Per cent of the samples that are answered, the surest first."""


def selective(ruler: Ruler, predictions: Predictions) -> dict[str, dict[str, Entry]]:
    """Accuracy among the surest 50, 60, … 100 % of the samples, by that share.

    Sure is what has a high probability of its most probable class, which is taken for the answer here whatever the
    operating point; samples as sure as the last one of a share belong to it.
    """
    prepared = Prepared(ruler.y_true, predictions)
    once = np.ones((1, ruler.y_true.size), dtype=np.uint8)
    values = _accuracies(Weighed(prepared, once))[0]
    drawn = weighed(lambda counts: _accuracies(Weighed(prepared, counts)), ruler.resamples)
    units = ruler.resamples.num_units()
    return {
        str(share): {"accuracy": entry(float(values[place]), drawn[:, place], ruler.confidence, units)}
        for place, share in enumerate(SHARES)
    }


def _accuracies(samples: Weighed) -> NDArray[Any]:
    """Shape (R, number of `SHARES`)."""
    order: Order = samples.prepared.order("sureness", samples.prepared.confidence)
    right, held = samples.running(order, samples.prepared.is_right)
    needed = np.ceil(np.outer(held[:, -1], SHARES) / 100)
    found = np.full(needed.shape, np.nan)
    for row, place in enumerate(np.searchsorted(kept, wanted) for kept, wanted in zip(held, needed, strict=True)):
        np.divide(right[row, place], held[row, place], out=found[row], where=held[row, place] > 0)
    return found


def conformal(ruler: Ruler, predictions: Predictions, promised: Mapping[str, float] | None) -> dict[str, Any]:
    """How often the sets of possible labels hold the right one, how large they are, and how often they are empty.

    Args:
        ruler: Labels and resamples.
        predictions: What the exported model says.
        promised: `conformal` of `model.json`: `coverage` and `least_probability`.

    Returns:
        Empty where the model gives no sets.
    """
    if promised is None:
        return {}
    possible = predictions.probabilities >= promised["least_probability"]
    size = possible.sum(axis=1)
    each = {"coverage": possible[np.arange(size.size), ruler.y_true], "set_size": size, "empty": size == 0}
    prepared, units = Prepared(ruler.y_true, predictions), ruler.resamples.num_units()

    def told(numbers: NDArray[Any]) -> Entry:
        drawn = weighed(lambda counts: Weighed(prepared, counts).mean(numbers)[:, None], ruler.resamples)
        return entry(float(numbers.mean()), drawn[:, 0], ruler.confidence, units)

    return {"promised": promised["coverage"], **{name: told(value.astype(np.float64)) for name, value in each.items()}}
