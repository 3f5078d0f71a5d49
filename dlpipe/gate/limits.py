"""Rules of the gate: which number of an evaluation must be how large."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from dlpipe.core.config import Section
from dlpipe.core.errors import DlpipeError, nearest

_TREES = ("metrics", "baselines", "paired", "groups", "fairness")
"""Parts of an evaluation that hold numbers; what is in `metrics` needs no prefix."""


class Limit(Section):
    """What a number must keep. Equal is within the limit; an undefined number never is."""

    at_least: float | None = Field(default=None, description="The number must be this or more.")
    at_most: float | None = Field(default=None, description="The number must be this or less.")
    on: Literal["value", "low", "high"] = Field(
        default="value", description="Hold the value itself against the limit, or an end of its interval."
    )
    warn: bool = Field(default=False, description="Say so instead of refusing where the limit is not kept.")

    @model_validator(mode="after")
    def _some(self) -> Limit:
        if self.at_least is None and self.at_most is None:
            raise ValueError("needs `at_least` or `at_most`")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least {self.at_least} is over at_most {self.at_most}: nothing can keep it")
        return self

    def words(self) -> dict[str, Any]:
        """As `gate.json` holds it."""
        ends = {"at_least": self.at_least, "at_most": self.at_most}
        return {**{name: end for name, end in ends.items() if end is not None}, "on": self.on}


def numbers(evaluation: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every number that a rule may name, as `value`, `low`, `high`, by dotted path.

    `auroc` is `metrics.auroc`; others are `fairness.cell_type.equalized_odds`, `groups.cell_type.mono.auroc`,
    `groups.cell_type.mono.n`, `baselines.knn.auroc`, `paired.logistic_regression.auroc` (the difference), `num_samples`.
    """
    found = {"num_samples": _plain(evaluation["num_samples"])}
    for tree in _TREES:
        found |= dict(_leaves(evaluation[tree], tree))
    metrics = {path.removeprefix("metrics."): entry for path, entry in found.items() if path.startswith("metrics.")}
    return {**found, **metrics}


def _leaves(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    value = "difference" if "difference" in node else "value"
    if "low" in node and value in node and not isinstance(node[value], dict):  # no group that is called "low"
        yield path, {"value": node[value], "low": node["low"], "high": node["high"], "reason": node.get("reason")}
        return
    for key, below in node.items():
        if isinstance(below, dict):
            yield from _leaves(below, f"{path}.{key}")
        elif key == "n":
            yield f"{path}.n", _plain(below)


def _plain(value: float) -> dict[str, Any]:
    return {"value": value, "low": None, "high": None, "reason": "a count has no interval"}


def judged(name: str, limit: Limit, known: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """One rule's line of `gate.json`.

    Raises:
        DlpipeError: the evaluation has no number of that name.
    """
    if name not in known:
        problem = f"gate.limits: the evaluation has no number '{name}'; {nearest(name, known)}"
        fix = "name a metric, or a path like fairness.ATTRIBUTE.equalized_odds or groups.ATTRIBUTE.VALUE.auroc"
        raise DlpipeError(problem, fix)
    entry = known[name]
    kept, why = _compared(limit, entry)
    verdict = "pass" if kept else "warn" if limit.warn else "fail"
    ends = {key: entry[key] for key in ("value", "low", "high")}
    return {"rule": name, "limit": limit.words(), **ends, "verdict": verdict, "why": why}


def _compared(limit: Limit, entry: Mapping[str, Any]) -> tuple[bool, str]:
    what = {"value": "", "low": "low end ", "high": "high end "}[limit.on]
    held = entry[limit.on]
    if held is None:
        return False, f"{what}undefined: {entry['reason'] or 'no reason given'}"
    if limit.at_least is not None and held < limit.at_least:
        return False, f"{what}{held:g} is below {limit.at_least:g}"
    if limit.at_most is not None and held > limit.at_most:
        return False, f"{what}{held:g} is above {limit.at_most:g}"
    return True, f"{what}{held:g} is within the limit"
