"""What a model must beat: the most frequent class, neighbours, and logistic regression on frozen features.

Each is fitted on the train split's vectors of a pretrained backbone; what it lets choose (k, C) is chosen on val by
the Brier score. Of two classes its operating point has the best balanced accuracy on val, as an exported model's has
if nothing else is asked for, so that models are compared and not thresholds; of more it says the most probable class.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.metrics import Predictions

if TYPE_CHECKING:
    import polars as pl

NAMES = ("majority", "knn", "logistic_regression")

_NEIGHBOURS = (5, 15, 45)
_STRENGTHS = (0.0001, 0.001, 0.01, 0.1, 1.0)
"""Inverse of the L2 penalty; over a thousand standardised features small ones win."""
_UNCHOSEN = {"k": 15, "C": 0.01}
"""Where there is no val split to choose by."""
_MOST_STEPS = 2000
_TIE = 1e-12
_CONSTANT = 1e-6
"""Deviation below which a feature is taken for constant: vectors have 6 digits."""


@dataclass(frozen=True)
class Baseline:
    """A baseline's answers on the test split, and the setting that was chosen on val."""

    predictions: Predictions
    setting: dict[str, float]


@dataclass(frozen=True)
class Part:
    """A split as numbers: features (n, F), class indices (n,)."""

    features: NDArray[Any]
    y_true: NDArray[Any]


_Fit = Callable[[Part, NDArray[Any], float], NDArray[Any]]
"""Train, features asked for (n, F), setting → probabilities (n, number of classes in train)."""


def vectors_of(samples: pl.DataFrame, vectors: pl.DataFrame) -> NDArray[Any]:
    """The vectors of the samples, in their order. Shape (n, F) float32.

    Raises:
        DlpipeError: a sample has none.
    """
    joined = samples.select("id").join(vectors, on="id", how="left", maintain_order="left")
    if lacking := joined["vector"].null_count():
        problem = f"{lacking:,} of {samples.height:,} samples have no vector in embed/vectors.parquet"
        raise DlpipeError(problem, "`dlpipe run` makes embed and evaluate from the same samples", Exit.INTEGRITY)
    return joined["vector"].to_numpy().astype(np.float32)


def fit_baselines(parts: dict[str, Part], num_classes: int, positive: int | None) -> dict[str, Baseline]:
    """All baselines' answers on `parts["test"]`, fitted on `parts["train"]`.

    Raises:
        DlpipeError: the train split is of one class, or empty.
    """
    if (held := np.unique(parts["train"].y_true).size) < 2:  # noqa: PLR2004 - two classes make a question
        fix = "give the pipeline more labelled samples, or split them otherwise"
        raise DlpipeError(f"the train split holds samples of {held} class(es)", fix, Exit.NO)
    scaled = standardised(parts)
    shares = np.bincount(parts["train"].y_true, minlength=num_classes) / parts["train"].y_true.size
    rows = np.tile(shares, (parts["test"].y_true.size, 1))
    numbers = sorted({min(k, parts["train"].y_true.size) for k in _NEIGHBOURS})
    fits: dict[str, tuple[_Fit, str, Sequence[float]]] = {
        "knn": (neighbours, "k", numbers),
        "logistic_regression": (logistic, "C", _STRENGTHS),
    }
    return {
        "majority": Baseline(Predictions(rows, rows.argmax(axis=1), positive), {}),
        **{name: _best(scaled, *fit, num_classes, positive) for name, fit in fits.items()},
    }


def standardised(parts: dict[str, Part]) -> dict[str, Part]:
    """Features with mean 0 and deviation 1 in train."""
    mean = parts["train"].features.mean(axis=0, dtype=np.float64)
    deviation = parts["train"].features.std(axis=0, dtype=np.float64)
    deviation[deviation < _CONSTANT] = 1
    return {name: Part((part.features - mean) / deviation, part.y_true) for name, part in parts.items()}


def _best(
    parts: dict[str, Part], fit: _Fit, called: str, settings: Sequence[float], num_classes: int, positive: int | None
) -> Baseline:
    """The setting with the lowest squared error of probabilities on val, the earlier of two equal ones."""
    val_true = parts["val"].y_true
    tried = {
        one: _answers(parts, fit, one, num_classes) for one in (settings if val_true.size else [_UNCHOSEN[called]])
    }
    wanted = np.eye(num_classes)[val_true]
    errors = {setting: round(float(((val - wanted) ** 2).sum()), 9) for setting, (val, _) in tried.items()}
    best = min(errors, key=lambda setting: errors[setting])
    val, test = tried[best]
    found = val_true == positive
    if positive is None or found.all() or not found.any():
        return Baseline(Predictions(test, test.argmax(axis=1), positive), {called: best})
    threshold = _threshold(found, val[:, positive])
    predicted = np.where(test[:, positive] >= threshold, positive, 1 - positive)
    return Baseline(Predictions(test, predicted, positive), {called: best, "threshold": threshold})


def _answers(parts: dict[str, Part], fit: _Fit, setting: float, num_classes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Probabilities of all classes, also those that train lacks, for val and test. Each (n, K)."""
    asked = np.concatenate([parts["val"].features, parts["test"].features])
    rows = np.zeros((len(asked), num_classes))
    rows[:, np.unique(parts["train"].y_true)] = fit(parts["train"], asked, setting)
    num_val = parts["val"].y_true.size
    return rows[:num_val], rows[num_val:]


def _threshold(is_positive: NDArray[Any], score: NDArray[Any]) -> float:
    """The threshold of the best balanced accuracy, of equal ones the nearest to 1/2. Both arguments (n,)."""
    distinct = np.unique(score)
    candidates = np.unique(np.round([0.5, *(distinct[1:] + distinct[:-1]) / 2], 6))
    missed = np.searchsorted(np.sort(score[is_positive]), candidates) / is_positive.sum()
    spared = np.searchsorted(np.sort(score[~is_positive]), candidates) / (~is_positive).sum()
    worth = spared - missed
    best = candidates[worth >= worth.max() - _TIE]
    return float(best[np.abs(best - 0.5).argmin()])


def neighbours(train: Part, asked: NDArray[Any], k: float) -> NDArray[Any]:
    """Shares of each class that train holds among the k nearest samples of train. (n, number of these classes)."""
    from sklearn.neighbors import KNeighborsClassifier

    fitted = KNeighborsClassifier(n_neighbors=int(k), algorithm="brute")
    return np.asarray(fitted.fit(train.features, train.y_true).predict_proba(asked))


def logistic(train: Part, asked: NDArray[Any], strength: float) -> NDArray[Any]:
    """Probabilities of each class that train holds. (n, number of these classes)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # Far from converged is still a baseline; the setting with the least error on val is taken.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(C=strength, max_iter=_MOST_STEPS).fit(train.features, train.y_true)
    return np.asarray(fitted.predict_proba(asked))
