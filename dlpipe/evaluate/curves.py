"""Curves of an evaluation as points of an SVG, few enough that a page stays small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.evaluate.plots import calibration_table, roc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dlpipe.evaluate.evaluation import Evaluated

SIDE = 300
"""Units of a chart's square, from 0 to 1 on both axes; y grows downwards."""
MOST_POINTS = 200
MOST_CURVES = 6


@dataclass(frozen=True)
class Curve:
    """A line of a chart."""

    name: str
    points: str
    """As `<polyline>` takes them."""
    kind: str
    """Class of the style sheet."""


def points(x: NDArray[Any], y: NDArray[Any]) -> str:
    """Both (n,) in [0, 1] as `x,y x,y …`, at most `MOST_POINTS` of them, the first and the last always."""
    at = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).round().astype(np.int64)) if len(x) else []
    return " ".join(f"{SIDE * x[place]:.1f},{SIDE * (1 - y[place]):.1f}" for place in at)


def roc_curves(measured: Evaluated) -> list[Curve]:
    """The positive class's curve beside that of logistic regression; of more classes each against the rest."""
    positive = measured.predictions.positive
    if positive is not None:
        return list(_binary(measured, positive))
    wanted = range(min(len(measured.classes), MOST_CURVES))
    curves = [
        _curve(measured.classes[k], measured.y_true == k, measured.predictions.probabilities[:, k]) for k in wanted
    ]
    return [Curve(curve.name, curve.points, f"line s{place + 1}") for place, curve in enumerate(curves)]


def _binary(measured: Evaluated, positive: int) -> Iterator[Curve]:
    found = measured.y_true == positive
    if "logistic_regression" in measured.baselines:
        other = measured.baselines["logistic_regression"].predictions.probabilities[:, positive]
        curve = _curve("logistic regression", found, other)
        yield Curve(curve.name, curve.points, "line other")
    yield _curve("model", found, measured.predictions.probabilities[:, positive])


def _curve(name: str, found: NDArray[Any], score: NDArray[Any]) -> Curve:
    return Curve(name, points(*roc(found, score)), "line")


def operating_point(measured: Evaluated) -> tuple[float, float] | None:
    """Where the model works on its ROC curve, in units of the chart; None where there is no positive class."""
    positive = measured.predictions.positive
    if positive is None:
        return None
    found, said = measured.y_true == positive, measured.predictions.predicted == positive
    if found.all() or not found.any():
        return None
    return SIDE * float(said[~found].mean()), SIDE * (1 - float(said[found].mean()))


@dataclass(frozen=True)
class Bin:
    """A point of the reliability chart with its interval, in units of the chart."""

    x: float
    y: float
    top: float
    bottom: float
    radius: float
    words: str


def reliability(measured: Evaluated) -> list[Bin]:
    """How often what was given a probability came true; a bin of more samples is a larger dot."""
    table = calibration_table(measured.y_true, measured.predictions)
    most = max(table["n"].to_list(), default=1)
    return [
        Bin(
            SIDE * row["probability"],
            SIDE * (1 - row["frequency"]),
            SIDE * (1 - row["high"]),
            SIDE * (1 - row["low"]),
            3 + 6 * (row["n"] / most) ** 0.5,
            f"said {row['probability']:.2f}, came true {row['frequency']:.2f} of {row['n']:,}",
        )
        for row in table.select("probability", "frequency", "low", "high", "n").to_dicts()
    ]
