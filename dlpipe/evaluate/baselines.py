"""What a model must beat: the most frequent class, neighbours, and logistic regression on frozen features.

Each is fitted on the train split's vectors of a pretrained backbone; what it lets choose (k, C) is chosen on val by
the Brier score. Its answer is the most probable class: it has no operating point of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
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


_Fit = Callable[[Part, Part, float], NDArray[Any]]
"""Train, asked, setting → probabilities (n, number of classes in train) of the asked."""


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
    classes = np.unique(parts["train"].y_true)
    if classes.size < 2:  # noqa: PLR2004 - two classes make a question
        fix = "give the pipeline more labelled samples, or split them otherwise"
        raise DlpipeError(f"the train split holds samples of {classes.size} class(es)", fix, Exit.NO)
    scaled = _standardised(parts)

    def answer(fit: _Fit, name: str, settings: tuple[float, ...]) -> Baseline:
        best = _chosen(fit, scaled, settings, _UNCHOSEN[name])
        probabilities = _spread(fit(scaled["train"], scaled["test"], best), classes, num_classes)
        return Baseline(Predictions(probabilities, probabilities.argmax(axis=1), positive), {name: best})

    shares = np.bincount(parts["train"].y_true, minlength=num_classes) / parts["train"].y_true.size
    rows = np.tile(shares, (parts["test"].y_true.size, 1))
    return {
        "majority": Baseline(Predictions(rows, rows.argmax(axis=1), positive), {}),
        "knn": answer(_neighbours, "k", _NEIGHBOURS),
        "logistic_regression": answer(_logistic, "C", _STRENGTHS),
    }


def _standardised(parts: dict[str, Part]) -> dict[str, Part]:
    mean = parts["train"].features.mean(axis=0, dtype=np.float64)
    deviation = parts["train"].features.std(axis=0, dtype=np.float64)
    deviation[deviation == 0] = 1
    return {name: Part((part.features - mean) / deviation, part.y_true) for name, part in parts.items()}


def _chosen(fit: _Fit, parts: dict[str, Part], settings: tuple[float, ...], unchosen: float) -> float:
    """The setting with the lowest squared error of probabilities on val, the earlier of two equal ones."""
    train, val = parts["train"], parts["val"]
    if val.y_true.size == 0:
        return unchosen
    classes = np.unique(train.y_true)
    wanted = val.y_true[:, None] == classes
    errors = [float(np.mean((fit(train, val, setting) - wanted) ** 2)) for setting in settings]
    return settings[int(np.argmin(np.round(errors, 9)))]


def _spread(probabilities: NDArray[Any], classes: NDArray[Any], num_classes: int) -> NDArray[Any]:
    """Probabilities of the train split's classes as those of all classes. (n, k) → (n, K)."""
    rows = np.zeros((probabilities.shape[0], num_classes))
    rows[:, classes] = probabilities
    return rows


def _neighbours(train: Part, asked: Part, k: float) -> NDArray[Any]:
    from sklearn.neighbors import KNeighborsClassifier

    fitted = KNeighborsClassifier(n_neighbors=min(int(k), train.y_true.size), algorithm="brute")
    return np.asarray(fitted.fit(train.features, train.y_true).predict_proba(asked.features))


def _logistic(train: Part, asked: Part, strength: float) -> NDArray[Any]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # Far from converged is still a baseline; the setting with the least error on val is taken.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(C=strength, max_iter=_MOST_STEPS).fit(train.features, train.y_true)
    return np.asarray(fitted.predict_proba(asked.features))
