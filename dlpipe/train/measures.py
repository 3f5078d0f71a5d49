"""What is measured on the validation samples after every epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.errors import DlpipeError, Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.train.objectives import Objective

Array = np.ndarray[Any, Any]

_TWO = 2


def measured(logits: Array, targets: Array) -> dict[str, float]:
    """Loss, accuracy and, of two classes that both occur, area under the ROC curve. Logits (n, K), targets (n,).

    The area is the Mann-Whitney statistic by scikit-learn over all samples at once.
    """
    logits = logits.astype(np.float64)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_shares = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = float(-log_shares[np.arange(len(targets)), targets].mean())
    accuracy = float((logits.argmax(axis=1) == targets).mean())
    auroc = _auroc(logits, targets)
    return {"val/loss": loss, "val/accuracy": accuracy, **({} if auroc is None else {"val/auroc": auroc})}


def _auroc(logits: Array, targets: Array) -> float | None:
    if logits.shape[1] != _TWO or len(np.unique(targets)) != _TWO or not np.isfinite(logits).all():
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(targets, logits[:, 1] - logits[:, 0]))


def monitored(asked: str, objective: Objective, val_targets: Array, num_classes: int) -> tuple[str, bool]:
    """The name of what the best epoch is best in, and whether more of it is better.

    Raises:
        DlpipeError: it was asked for and cannot be measured on these samples (exit 3).
    """
    known: Mapping[str, str] = objective.measures
    is_ranked = num_classes == _TWO and len(np.unique(val_targets)) == _TWO
    if asked == "auto":
        asked = "val/auroc" if is_ranked and "val/auroc" in known else "val/loss"
    elif asked == "val/auroc" and not is_ranked:
        problem = "train.monitor is val/auroc, which needs two classes that both occur in the validation samples"
        raise DlpipeError(problem, "choose val/loss or val/accuracy, or another split", Exit.NO)
    return asked, known[asked] == "max"
