"""What a model of several labels must beat: how often each class occurs, neighbours, and logistic regressions.

Each class is a question of its own, over the train split's vectors of a pretrained backbone. What a baseline lets choose
(k, C) is chosen on val by the Brier score over all classes, and its thresholds there have the best F1 of each class, as an
exported model's have if nothing else is asked for: so that models are compared and not thresholds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.evaluate.baselines import Baseline, Part, logistic, neighbours, standardised
from dlpipe.metrics import Predictions
from dlpipe.operating_point import choose_threshold

NAMES = ("prevalence", "knn", "logistic_regression")

_NEIGHBOURS = (5, 15, 45)
_STRENGTHS = (0.0001, 0.001, 0.01, 0.1, 1.0)
_UNCHOSEN = {"k": 15, "C": 0.01}
"""Where there is no val split to choose by."""

_Fit = Callable[[Part, NDArray[Any], float], NDArray[Any]]


def fit_baselines(parts: dict[str, Part]) -> dict[str, Baseline]:
    """All baselines' answers on `parts["test"]`, fitted on `parts["train"]`; each part's `y_true` is (n, K), 0 or 1."""
    scaled = standardised(parts)
    train = parts["train"].y_true
    numbers = sorted({min(k, len(train)) for k in _NEIGHBOURS})
    rows = np.tile(train.mean(axis=0), (len(parts["test"].y_true), 1))
    fits: dict[str, tuple[_Fit, str, Sequence[float]]] = {
        "knn": (neighbours, "k", numbers),
        "logistic_regression": (logistic, "C", _STRENGTHS),
    }
    return {
        "prevalence": Baseline(Predictions(rows, rows >= 0.5, None), {}),  # noqa: PLR2004 - the more frequent answer
        **{name: _best(scaled, *fit) for name, fit in fits.items()},
    }


def _best(parts: dict[str, Part], fit: _Fit, called: str, settings: Sequence[float]) -> Baseline:
    """The setting with the lowest squared error of probabilities on val, the earlier of two equal ones."""
    val_true = parts["val"].y_true
    tried = {one: _answers(parts, fit, one) for one in (settings if len(val_true) else [_UNCHOSEN[called]])}
    errors = {setting: round(float(((val - val_true) ** 2).sum()), 9) for setting, (val, _) in tried.items()}
    best = min(errors, key=lambda setting: errors[setting])
    val, test = tried[best]
    thresholds = [_threshold(has > 0, score) for has, score in zip(val_true.T, val.T, strict=True)]
    return Baseline(Predictions(test, test >= np.array(thresholds), None), {called: best})


def _answers(parts: dict[str, Part], fit: _Fit, setting: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Probabilities of all classes for val and test. Each (n, K)."""
    asked = np.concatenate([parts["val"].features, parts["test"].features])
    columns: list[NDArray[Any]] = []
    for has in parts["train"].y_true.T.astype(np.int64):
        if has.all() or not has.any():
            columns.append(np.full(len(asked), float(has[0])))
        else:
            columns.append(fit(Part(parts["train"].features, has), asked, setting)[:, 1])
    rows = np.stack(columns, axis=1)
    num_val = len(parts["val"].y_true)
    return rows[:num_val], rows[num_val:]


def _threshold(has: NDArray[Any], score: NDArray[Any]) -> float:
    """As `export` chooses it, so that models are compared and not thresholds; 1/2 where no sample has the class."""
    return choose_threshold(score, has, "f1") if has.any() else 0.5
