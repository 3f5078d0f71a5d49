"""A temperature that makes probabilities mean what they say.

Guo, Pleiss, Sun & Weinberger, On Calibration of Modern Neural Networks, ICML 2017.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dlpipe.predictor import calibrated

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
