"""What makes probabilities mean what they say: a temperature, isotonic curves, and sets that hold the right answer.

Guo, Pleiss, Sun & Weinberger, On Calibration of Modern Neural Networks, ICML 2017; Zadrozny & Elkan, Transforming
Classifier Scores into Accurate Multiclass Probability Estimates, KDD 2002.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from dlpipe.probabilities import Curve, calibrated

Scaling = Literal["temperature", "isotonic", "none"]

MANY = 1000
"""Samples from which isotonic curves are safe; of fewer they take chance for a rule (scikit-learn's user guide, 1.16)."""

_SMALLEST, _LARGEST = 1 / 20, 20.0
_DIGITS = 6


def fit_temperature(logits: np.ndarray[Any, Any], targets: np.ndarray[Any, Any]) -> float:
    """The temperature with the least negative log likelihood, between 1/20 and 20.

    Targets are smoothed by as much as one imagined sample of each class, after Platt (1999): without it few or separable
    samples would make the model infinitely sure. With many samples it changes next to nothing.

    Args:
        logits: Shape (n, K), n ≥ 1.
        targets: Shape (n,), class indices.
    """
    from scipy.optimize import minimize_scalar

    wanted = smoothed(targets, logits.shape[1])

    def loss(log_temperature: float) -> float:
        probabilities = calibrated(logits, float(np.exp(log_temperature)))
        return float(-(wanted * np.log(np.maximum(probabilities, np.finfo(np.float64).tiny))).sum(axis=1).mean())

    bounds = (np.log(_SMALLEST), np.log(_LARGEST))
    best: Any = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-8})
    return round(float(np.exp(best.x)), _DIGITS)


def smoothed(targets: np.ndarray[Any, Any], num_classes: int) -> np.ndarray[Any, Any]:
    """One-hot targets mixed with a uniform share of K / (n + K). Shape (n, K)."""
    share = num_classes / (len(targets) + num_classes)
    return (1 - share) * np.eye(num_classes)[targets] + share / num_classes


def fit_isotonic(probabilities: np.ndarray[Any, Any], targets: np.ndarray[Any, Any]) -> list[Curve]:
    """A curve a class, from the network's own probability of it to how often it was so: never falling, one vs rest.

    Neither end says 0 or 1: val cannot tell rarer things than one in n + 2 (Laplace).

    Args:
        probabilities: Shape (n, K), n ≥ 1.
        targets: Shape (n,), class indices.
    """
    from sklearn.isotonic import IsotonicRegression

    least = 1 / (len(targets) + 2)
    curves: list[Curve] = []
    for index in range(probabilities.shape[1]):
        fitted = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
        fitted.fit(probabilities[:, index], targets == index)
        x, y = (
            [round(float(value), _DIGITS) for value in ends] for ends in (fitted.X_thresholds_, fitted.y_thresholds_)
        )
        kept = [place for place in range(len(x)) if place == len(x) - 1 or x[place] < x[place + 1]]
        curves.append({"x": [x[place] for place in kept], "y": [y[place] for place in kept]})
    return curves


def least_probability(probabilities: np.ndarray[Any, Any], targets: np.ndarray[Any, Any], coverage: float) -> float:
    """The probability from which a class belongs to the set of possible answers, so that the right one is in it.

    Split conformal prediction: of samples like those of val, a share of at least `coverage` has its label in the set
    (Angelopoulos and Bates, A Gentle Introduction to Conformal Prediction, 2021, section 1). 0, so that every class is
    in the set, where val is too small to promise that much.

    Args:
        probabilities: Shape (n, K), as the model will give them.
        targets: Shape (n,), class indices.
        coverage: Share of samples.
    """
    given = np.sort(probabilities[np.arange(len(targets)), targets])[::-1]
    needed = math.ceil((len(targets) + 1) * coverage)
    if needed > len(targets):
        return 0.0
    return max(0.0, math.floor(given[needed - 1] * 10**_DIGITS) / 10**_DIGITS)
