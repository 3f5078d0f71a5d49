"""What is measured on the validation samples after every epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.train import several_measures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlpipe.train.objectives import Objective

Array = np.ndarray[Any, Any]

_TWO = 2


def measured(logits: Array, targets: Array, cells: Array | None = None) -> dict[str, float]:
    """Loss, accuracy and, of two classes that both occur, area under the ROC curve. Logits (n, K), targets (n,).

    Of several labels a sample, targets (n, K), see `dlpipe.train.several_measures`. With `cells`, (n,), also the loss and the accuracy of the cell that is worst in it. The area is the Mann-Whitney
    statistic by scikit-learn over all samples at once.
    """
    if targets.ndim == _TWO:
        return several_measures.measured(logits, targets)
    logits = logits.astype(np.float64)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_shares = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    losses = -log_shares[np.arange(len(targets)), targets]
    right = logits.argmax(axis=1) == targets
    auroc = _auroc(logits, targets)
    return {
        "val/loss": float(losses.mean()),
        "val/accuracy": float(right.mean()),
        **({} if auroc is None else {"val/auroc": auroc}),
        **({} if cells is None else _worst(losses, right, cells)),
    }


def _worst(losses: Array, right: Array, cells: Array) -> dict[str, float]:
    inside = [cells == cell for cell in np.unique(cells)]
    return {
        "val/worst_group_loss": max(float(losses[one].mean()) for one in inside),
        "val/worst_group_accuracy": min(float(right[one].mean()) for one in inside),
    }


def _auroc(logits: Array, targets: Array) -> float | None:
    if logits.shape[1] != _TWO or len(np.unique(targets)) != _TWO or not np.isfinite(logits).all():
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(targets, logits[:, 1] - logits[:, 0]))


def monitored(
    asked: str, objective: Objective, val_targets: Array, num_classes: int, *, has_groups: bool = False
) -> tuple[str, bool]:
    """The name of what the best epoch is best in, and whether more of it is better.

    Raises:
        DlpipeError: it was asked for and cannot be measured on these samples (exit 3, or 2 where no groups are used).
    """
    known: Mapping[str, str] = objective.measures
    if val_targets.ndim == _TWO:
        is_ranked = several_measures.are_ranked(val_targets)
    else:
        is_ranked = num_classes == _TWO and len(np.unique(val_targets)) == _TWO
    if asked == "auto" and objective.by_group:
        asked = "val/worst_group_loss"
    elif asked == "auto":
        asked = "val/auroc" if is_ranked and "val/auroc" in known else "val/loss"
    elif asked == "val/auroc" and not is_ranked:
        needed = "two classes that both occur" if val_targets.ndim == 1 else "samples with and without each class"
        problem = f"train.monitor is val/auroc, which needs {needed} in the validation samples"
        raise DlpipeError(problem, "choose val/loss or val/accuracy, or another split", Exit.NO)
    elif asked.startswith("val/worst_group") and not has_groups:
        problem = f"train.monitor is {asked}, but this training uses no groups"
        raise DlpipeError(problem, "set train.group_balance or `objective: {name: group_dro}`, or choose val/loss")
    return asked, known[asked] == "max"
