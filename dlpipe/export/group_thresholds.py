"""Operating points by group: each group its own, or those that a fairness constraint asks for, by Fairlearn.

Fairlearn's ThresholdOptimizer (Hardt, Price and Srebro, NeurIPS 2016) is fitted on val and shipped as plain numbers; what
it would draw at random, the exported model draws from the sample's own content (`dlpipe.decision`).
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from dlpipe.core.errors import DlpipeError, Exit, nearest
from dlpipe.core.table import attributes
from dlpipe.decision import MISSING, GroupRules, Rule
from dlpipe.operating_point import choose_threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from dlpipe.export.stage import Config

Array = np.ndarray[Any, Any]
Constraint = Literal["none", "equalized_odds", "equal_opportunity", "demographic_parity", "false_positive_rate_parity"]

FEW = 30
"""Samples of a label in a group of val below which its rule is told to be rough."""

_NAMES = {"equal_opportunity": "true_positive_rate_parity"}
"""What Fairlearn calls a constraint, where it is not as here."""
_DIGITS = 6
_NEVER = 2.0


class GroupThresholds(BaseModel):
    """Operating points by the groups of one attribute; whoever asks the model must then say the group."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str = Field(min_length=1, description="The attribute whose groups get rules of their own.")
    constraint: Constraint = Field(
        default="equalized_odds",
        description="What is to be the same in all groups, by Fairlearn's ThresholdOptimizer; none: each group has "
        "the threshold that serves `aim` best in it.",
    )
    objective: Literal["balanced_accuracy", "accuracy"] = Field(
        default="balanced_accuracy", description="What is as good as the constraint allows."
    )


def groups_of(val: pl.DataFrame, by: str) -> Array:
    """The group of every row. Shape (n,), text.

    Raises:
        DlpipeError: there is no such attribute.
    """
    import polars as pl

    known = attributes(val)
    if by not in known:
        problem = f"export.group_thresholds: the samples have no attribute '{by}'; {nearest(by, known)}"
        raise DlpipeError(problem, "name a column of ingest/samples.parquet in the pipeline file")
    return val[by].cast(pl.String).fill_null(MISSING).to_numpy().astype(str)


def fit(probabilities: Array, is_positive: Array, groups: Array, config: Config) -> GroupRules:
    """The rule of every group. Probabilities of the positive class, labels (bool) and groups have shape (n,).

    Raises:
        DlpipeError: a group of val lacks one of the labels (exit 3), or Fairlearn is not installed (exit 4).
    """
    wanted = config.group_thresholds
    if wanted is None:
        raise ValueError("no thresholds by group are asked for")
    for value in np.unique(groups):
        held = is_positive[groups == value]
        if held.all() or not held.any():
            problem = f"val holds {held.size} samples of {wanted.by} '{value}', all of one label: no rule can be fitted"
            raise DlpipeError(problem, "label more samples of it, or take export.group_thresholds out", Exit.NO)
    rounded = np.round(probabilities, _DIGITS)  # midpoints between them are then kept whole by one more digit
    if wanted.constraint == "none":
        return GroupRules(wanted.by, _own(rounded, is_positive, groups, config))
    return GroupRules(wanted.by, _constrained(rounded, is_positive, groups, wanted))


def _own(probabilities: Array, is_positive: Array, groups: Array, config: Config) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for value in np.unique(groups):
        inside = groups == value
        aim, at_least, costs = config.aim, config.at_least, config.costs
        threshold = choose_threshold(probabilities[inside], is_positive[inside], aim, at_least, costs)
        rules[str(value)] = Rule((threshold, threshold), 1.0, 0.0, 0.0)
    return rules


def _constrained(probabilities: Array, is_positive: Array, groups: Array, wanted: GroupThresholds) -> dict[str, Rule]:
    if find_spec("fairlearn") is None:
        problem = "thresholds under a constraint need fairlearn, which the extra 'fairness' brings"
        raise DlpipeError(problem, "python -m pip install 'dlpipe[fairness]'", Exit.ENVIRONMENT)
    from fairlearn.postprocessing import ThresholdOptimizer

    from dlpipe.export.as_they_are import AsTheyAre

    asked: dict[str, Any] = {
        "constraints": _NAMES.get(wanted.constraint, wanted.constraint),
        "objective": f"{wanted.objective}_score",
    }
    fitted: Any = ThresholdOptimizer(estimator=AsTheyAre(), prefit=True, predict_method="predict", **asked)
    fitted.fit(probabilities[:, None], is_positive.astype(np.int64), sensitive_features=groups)
    held = fitted.interpolated_thresholder_.interpolation_dict
    return {str(value): _rule(held[value]) for value in sorted(held)}


def _rule(found: Any) -> Rule:
    low, high = (_threshold(float(operation.threshold)) for operation in (found.operation0, found.operation1))
    ignored, constant = (round(float(found.get(name, 0.0)), _DIGITS) for name in ("p_ignore", "prediction_constant"))
    return Rule((low, high), round(float(found.p0), _DIGITS), ignored, constant if ignored else 0.0)


def _threshold(value: float) -> float:
    """Fairlearn's: infinite where all or none are positive."""
    return min(max(round(value, _DIGITS + 1), 0.0), _NEVER)


def plain(rules: GroupRules, wanted: GroupThresholds) -> dict[str, Any]:
    """As `model.json` holds them."""
    return {
        "by": rules.by,
        "constraint": wanted.constraint,
        "objective": None if wanted.constraint == "none" else wanted.objective,
        "rules": {
            value: {
                "thresholds": list(rule.thresholds),
                "first": rule.first,
                "ignored": rule.ignored,
                "constant": rule.constant,
            }
            for value, rule in rules.rules.items()
        },
    }


def cost(rules: GroupRules, threshold: float, probabilities: Array, is_positive: Array, groups: Array) -> list[str]:
    """What the rules cost, in words: against the one threshold, on the samples that both were chosen on."""
    chances = np.zeros(len(probabilities))
    for value, rule in rules.rules.items():
        chances[groups == value] = rule.chances(probabilities[groups == value])
    before, after = (
        _said(one, is_positive, groups) for one in ((probabilities >= threshold).astype(np.float64), chances)
    )
    said = [
        (
            f"rules by {rules.by}, on val: balanced accuracy {before[0]:.3f} → {after[0]:.3f}, largest gap in recall or "
            f"false alarms {before[1]:.3f} → {after[1]:.3f}; chosen on these samples, so expect a larger gap on others"
        ),
        f"from now on `dlpipe predict` and `serve` refuse to answer without the value of '{rules.by}' ({rules.values})",
    ]
    drawn = np.mean((chances > 0) & (chances < 1))
    if drawn:
        said.append(
            f"{drawn:.0%} of val's answers are drawn by a number made from the sample's content: alike samples may get "
            "different answers, as the constraint cannot be met otherwise (`constraint: none` draws nothing)"
        )
    return [*said, *_few(rules.by, is_positive, groups)]


def _few(by: str, is_positive: Array, groups: Array) -> list[str]:
    least = min(
        (int((is_positive[groups == value] == side).sum()), str(value))
        for value in np.unique(groups)
        for side in (True, False)
    )
    if least[0] >= FEW:
        return []
    return [f"val has {least[0]} samples of one label in {by} '{least[1]}': its rule is rough, {FEW} are few already"]


def _said(chances: Array, is_positive: Array, groups: Array) -> tuple[float, float]:
    """Balanced accuracy over all, and the largest gap between groups in the share of positive answers, given the label."""
    recall, false_alarms = chances[is_positive].mean(), chances[~is_positive].mean()
    gaps: Sequence[float] = [
        float(np.ptp([chances[(groups == value) & (is_positive == side)].mean() for value in np.unique(groups)]))
        for side in (True, False)
    ]
    return float((recall + 1 - false_alarms) / 2), max(gaps)
