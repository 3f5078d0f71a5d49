"""Each class as a question of its own: its numbers with intervals, its gaps between groups, its reliability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.evaluate.groups import gaps
from dlpipe.evaluate.measuring import Entry, Ruler
from dlpipe.evaluate.plots import calibration_table
from dlpipe.evaluate.representation import amplification
from dlpipe.metrics.auroc import Auroc
from dlpipe.metrics.average_precision import AveragePrecision
from dlpipe.metrics.brier import Brier
from dlpipe.metrics.f1 import F1
from dlpipe.metrics.macro_ece import MacroEce
from dlpipe.metrics.precision import Precision
from dlpipe.metrics.recall import Recall

if TYPE_CHECKING:
    from dlpipe.metrics import Metric, Predictions
    from dlpipe.metrics.fairness import FairnessMetric

_EACH: dict[str, Metric] = {
    "precision": Precision(),
    "recall": Recall(),
    "f1": F1(),
    "auroc": Auroc(),
    "average_precision": AveragePrecision(),
    "brier": Brier(),
}
NAMES = (*_EACH, "ece")


def by_class(
    ruler: Ruler, predictions: Predictions, classes: Sequence[str], thresholds: Sequence[float]
) -> dict[str, dict[str, Any]]:
    """By class: `n` samples that have it, `threshold`, the four kinds of answer, and each of `NAMES`."""
    found: dict[str, dict[str, Any]] = {}
    for place, name in enumerate(classes):
        has, said = ruler.y_true[:, place] > 0, predictions.predicted[:, place]
        of_one = _ruler(ruler, place, _EACH)
        ece = Ruler({"ece": MacroEce()}, ruler.y_true[:, [place]], ruler.resamples, ruler.confidence)
        found[name] = {
            "n": int(has.sum()),
            "threshold": thresholds[place],
            "answers": {
                "found": int((has & said).sum()),
                "missed": int((has & ~said).sum()),
                "false_alarms": int((~has & said).sum()),
                "spared": int((~has & ~said).sum()),
            },
            **of_one.measure(predictions.of_class(place)).entries,
            **ece.measure(_column(predictions, place)).entries,
        }
    return found


def _ruler(ruler: Ruler, place: int, metrics: Mapping[str, Metric]) -> Ruler:
    return Ruler(metrics, ruler.y_true[:, place].astype(np.int64), ruler.resamples, ruler.confidence)


def _column(predictions: Predictions, place: int) -> Predictions:
    """One class, still as a set of classes."""
    return type(predictions)(predictions.probabilities[:, [place]], predictions.predicted[:, [place]], None)


def uneven(
    ruler: Ruler,
    predictions: Predictions,
    classes: Sequence[str],
    groups: Mapping[str, NDArray[Any]],
    metrics: Mapping[str, FairnessMetric],
) -> dict[str, dict[str, dict[str, Entry]]]:
    """`fairness` and `fairness_ratio` by attribute, with a gap of each class as `equalized_odds.rust`, and `bias_amplification`."""
    found: dict[str, dict[str, dict[str, Entry]]] = {"fairness": {}, "fairness_ratio": {}, "bias_amplification": {}}
    for place, name in enumerate(classes):
        of_one, said = _ruler(ruler, place, {}), predictions.of_class(place)
        both = gaps(of_one, said, groups, metrics)
        widened = amplification(of_one, said, groups, [f"no {name}", name])
        for key, parts in (("fairness", both.differences), ("fairness_ratio", both.ratios)):
            for attribute, entries in parts.items():
                held = {f"{metric}.{name}": entry for metric, entry in entries.items()}
                found[key].setdefault(attribute, {}).update(held)
        for attribute, entries in widened.items():
            found["bias_amplification"].setdefault(attribute, {}).update(entries)
    return found


def reliability(
    y_true: NDArray[Any], predictions: Predictions, classes: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """How often what was given a probability came true, by class and bin."""
    import polars as pl

    tables = [calibration_table(y_true[:, place] > 0, predictions.of_class(place)) for place in range(len(classes))]
    rounded = [table.with_columns(pl.selectors.float().round(6)).to_dicts() for table in tables]
    return dict(zip(classes, rounded, strict=True))
