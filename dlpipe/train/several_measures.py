"""What is measured on the validation samples after every epoch where a sample may have several labels."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def measured(logits: Array, targets: Array) -> dict[str, float]:
    """Mean binary cross-entropy, share of right answers at 1/2, and the mean area under the ROC curve. Both (n, K).

    Each is over all classes of all samples; the area, by scikit-learn, is left out where a class has all samples or none.
    """
    logits = logits.astype(np.float64)
    losses = np.logaddexp(0, logits) - logits * targets
    found = {"val/loss": float(losses.mean()), "val/accuracy": float(((logits > 0) == (targets > 0)).mean())}
    if not are_ranked(targets) or not np.isfinite(logits).all():
        return found
    from sklearn.metrics import roc_auc_score

    return {**found, "val/auroc": float(roc_auc_score(targets, logits, average="macro"))}


def are_ranked(targets: Array) -> bool:
    """Whether every class has samples with and without it. (n, K)."""
    held = targets.sum(axis=0)
    return bool(((held > 0) & (held < len(targets))).all())
