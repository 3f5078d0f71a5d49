"""The probability from which a sample is called positive, chosen for a stated aim."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

Aim = Literal["balanced_accuracy", "f1", "recall", "cost"]


class Costs(BaseModel):
    """What each kind of error costs, in any unit; only their ratio matters."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    missed: float = Field(gt=0, description="A positive sample that is not found.")
    false_alarm: float = Field(gt=0, description="A negative sample that is called positive.")


_DIGITS = 6
_TIE = 1e-12


def choose_threshold(
    probabilities: np.ndarray[Any, Any],
    is_positive: np.ndarray[Any, Any],
    aim: Aim,
    at_least: float | None = None,
    costs: Costs | None = None,
) -> float:
    """The threshold that serves the aim best on these samples; of equally good ones that nearest to 0.5.

    Args:
        probabilities: Shape (n,), of the positive class.
        is_positive: Shape (n,) bool, some True; for aims other than `f1` and `cost` some False too.
        aim: `balanced_accuracy` and `f1` are maximised; `recall` asks for the best specificity with at least that recall.
            `cost` for the least total cost of errors.
        at_least: The recall to reach; for that aim only.
        costs: What an error costs; for the aim `cost` only.
    """
    candidates = _candidates(probabilities)
    positives, negatives = np.sort(probabilities[is_positive]), np.sort(probabilities[~is_positive])
    hits = len(positives) - np.searchsorted(positives, candidates)
    false_alarms = len(negatives) - np.searchsorted(negatives, candidates)
    if aim == "f1":
        worth = 2 * hits / (hits + false_alarms + len(positives))
    elif costs is not None:
        worth = -(costs.missed * (len(positives) - hits) + costs.false_alarm * false_alarms) / len(probabilities)
    else:
        recall, specificity = hits / len(positives), 1 - false_alarms / len(negatives)
        reached = np.where(recall >= (at_least or 0), specificity, -1)
        worth = (recall + specificity) / 2 if aim == "balanced_accuracy" else reached
    best = candidates[worth >= worth.max() - _TIE]
    return float(best[np.abs(best - 0.5).argmin()])


def _candidates(probabilities: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Midpoints between neighbours, and 0 (all are positive), 1/2 and 1 (next to none is), as they will be stored."""
    values = np.unique(probabilities)
    return np.unique(np.round(np.concatenate([[0.0, 0.5, 1.0], (values[1:] + values[:-1]) / 2]), _DIGITS))
