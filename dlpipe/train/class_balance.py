"""How much it counts that a sample has, or lacks, a class, where it may have several."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def of_presence(targets: Array, *, even: bool) -> Array:
    """Weights of lacking and of having each class. (n, K) → (2, K) float32.

    `even`: both sides of a class have the same sum, and the mean over samples is 1 (King and Zeng, Logistic regression in
    rare events data, Political Analysis 9, 2001). Else all are 1, and so they are of a class that all samples have or lack.
    """
    weights = np.ones((2, targets.shape[1]), dtype=np.float32)
    if not even:
        return weights
    held = targets.sum(axis=0, dtype=np.float64)
    counts = np.stack([len(targets) - held, held])
    known = (counts > 0).all(axis=0)
    weights[:, known] = (len(targets) / (2 * counts[:, known])).astype(np.float32)
    return weights
