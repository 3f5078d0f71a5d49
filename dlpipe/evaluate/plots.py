"""Tables of an evaluation: predictions, and what DVC draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dlpipe.core.table import write_table
from dlpipe.evaluate.groups import MISSING

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.evaluate.evaluation import Evaluated
    from dlpipe.metrics import Predictions

NUM_BINS = 10
"""Of the calibration plot."""

_DIGITS = 6


def write(measured: Evaluated, out: Path) -> None:
    """Writes predictions.parquet and plots/confusion.csv, roc.csv, calibration.csv.

    The predictions say also what two models can be compared by: each sample's groups (`group.site`) and its `cluster`.
    """
    folder = out / "plots"
    folder.mkdir()
    names = pl.Series("predicted", [measured.classes[index] for index in measured.predictions.predicted], pl.String)
    answers = measured.samples.select("id", "label").with_columns(names)
    columns = {f"p.{name}": measured.predictions.probabilities[:, index] for index, name in enumerate(measured.classes)}
    write_table(answers.with_columns(**columns, **members(measured)).sort("id"), out / "predictions.parquet")
    tables = {
        "confusion": answers.select(actual="label", predicted="predicted"),
        "roc": roc_table(measured),
        "calibration": calibration_table(measured.y_true, measured.predictions),
    }
    for name, table in tables.items():
        text = table.write_csv(float_precision=_DIGITS)
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def members(measured: Evaluated) -> dict[str, pl.Series]:
    """Each sample's groups and cluster, by the names of their columns."""
    drawn_by = measured.evaluation["intervals"].get("drawn_by")
    clustered = {"cluster": drawn_by} if "num_clusters" in measured.evaluation["intervals"] else {}
    named = {**{f"group.{name}": name for name in measured.evaluation["groups"]}, **clustered}
    held = {
        name: of for name, of in named.items() if of in measured.samples.columns
    }  # pairs of attributes follow from them
    return {name: measured.samples[of].cast(pl.String).fill_null(MISSING) for name, of in held.items()}


def roc_table(measured: Evaluated) -> pl.DataFrame:
    """Columns class, fpr, tpr: one curve for the positive class of two, else one a class against the rest."""
    positive = measured.predictions.positive
    wanted = range(len(measured.classes)) if positive is None else [positive]
    tables = [
        pl.DataFrame({"fpr": fpr, "tpr": tpr}).select(pl.lit(measured.classes[index]).alias("class"), "fpr", "tpr")
        for index in wanted
        for fpr, tpr in [roc(measured.y_true == index, measured.predictions.probabilities[:, index])]
    ]
    return pl.concat(tables)


def roc(is_positive: NDArray[Any], score: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """False and true positive rate at every distinct threshold, from (0, 0) to (1, 1); empty for one class alone.

    Both arguments have shape (n,), what is returned (number of thresholds + 1,).
    """
    if is_positive.all() or not is_positive.any():
        return np.empty(0), np.empty(0)
    distinct, at = np.unique(-score, return_inverse=True)
    positives = np.bincount(at, weights=is_positive, minlength=distinct.size)
    negatives = np.bincount(at, minlength=distinct.size) - positives
    rates = [np.concatenate([[0.0], np.cumsum(counts) / counts.sum()]) for counts in (negatives, positives)]
    return rates[0], rates[1]


def calibration_table(y_true: NDArray[Any], predictions: Predictions) -> pl.DataFrame:
    """How often what was given a probability came true, over bins of equal width.

    Of two classes, the positive class's probability; of more, the confidence in the most probable class. Columns
    probability (mean in the bin), frequency, low, high (Wilson's 95 % interval of the frequency), n.
    """
    probability, came_true = _claims(y_true, predictions)
    place = np.minimum((probability * NUM_BINS).astype(np.int64), NUM_BINS - 1)
    size = np.bincount(place, minlength=NUM_BINS)
    held = size > 0
    n = size[held]
    mean = np.bincount(place, weights=probability, minlength=NUM_BINS)[held] / n
    frequency = np.bincount(place, weights=came_true, minlength=NUM_BINS)[held] / n
    low, high = wilson(frequency, n)
    return pl.DataFrame({"probability": mean, "frequency": frequency, "low": low, "high": high, "n": n})


def _claims(y_true: NDArray[Any], predictions: Predictions) -> tuple[NDArray[Any], NDArray[Any]]:
    if predictions.positive is not None:
        return predictions.probabilities[:, predictions.positive], y_true == predictions.positive
    likeliest = predictions.probabilities.argmax(axis=1)
    return predictions.probabilities.max(axis=1), y_true == likeliest


def wilson(share: NDArray[Any], n: NDArray[Any], z: float = 1.959964) -> tuple[NDArray[Any], NDArray[Any]]:
    """Interval of a share of n (Wilson, JASA 1927), which holds for small n too."""
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
