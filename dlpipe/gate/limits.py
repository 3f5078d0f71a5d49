"""Rules of the gate: which number of an evaluation must be how large."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import Field, model_validator

from dlpipe.core.config import Section
from dlpipe.core.errors import DlpipeError, nearest
from dlpipe.measurements import measurements

_NO_NUMBERS = {
    "schema_version",
    "positive",
    "higher_is_better",
    "metric_settings",
    "baseline_settings",
    "classes",
    "thresholds",
}
"""Keys that say how something was measured."""


class Limit(Section):
    """What a number must keep. Equal is within the limit; an undefined number never is."""

    at_least: float | None = Field(default=None, description="The number must be this or more.")
    at_most: float | None = Field(default=None, description="The number must be this or less.")
    on: Literal["value", "low", "high", "pessimistic"] = Field(
        default="value",
        description="Hold the value itself against the limit, an end of its interval, or the end that is worse for it.",
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
    `groups.cell_type.mono.n`, `baselines.knn.auroc`, `paired.logistic_regression.auroc` (the difference),
    `num_samples`, and whatever else an evaluation holds.
    """
    told = {key: part for key, part in evaluation.items() if key not in _NO_NUMBERS}
    found = {".".join(path): entry for path, entry in measurements(told)}
    metrics = {path.removeprefix("metrics."): entry for path, entry in found.items() if path.startswith("metrics.")}
    return {**found, **metrics}


def named(name: str, known: Iterable[str], where: str) -> list[str]:
    """The paths that a rule names: itself, or with `*` all that fit, so that no group can be forgotten.

    Raises:
        DlpipeError: there are none.
    """
    known = list(known)
    found = [path for path in known if fnmatchcase(path, _plainly(name))] if "*" in name else [name]
    if not found or any(path not in known for path in found):
        problem = f"{where}: the evaluation has no number '{name}'; {nearest(name, known)}"
        fix = "name a metric, or a path like fairness.ATTRIBUTE.equalized_odds or groups.ATTRIBUTE.*.auroc"
        raise DlpipeError(problem, fix)
    return found


def _plainly(name: str) -> str:
    """Only `*` is a pattern: `[` and `?` may stand in a group's name."""
    return name.replace("[", "[[]").replace("?", "[?]")


def judged(name: str, limit: Limit, known: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """A rule's lines of `gate.json`, one a number that it names.

    Raises:
        DlpipeError: the evaluation has no number of that name.
    """
    return [_line(path, limit, known[path]) for path in named(name, known, "gate.limits")]


def _line(path: str, limit: Limit, entry: Mapping[str, Any]) -> dict[str, Any]:
    kept, why = _compared(limit, entry)
    verdict = "pass" if kept else "warn" if limit.warn else "fail"
    ends = {key: entry[key] for key in ("value", "low", "high")}
    return {"rule": path, "limit": limit.words(), **ends, "verdict": verdict, "why": why}


def _compared(limit: Limit, entry: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether every side is kept, and the sentence of the side that is not."""
    said = "no side"
    for bound, sign, worse in ((limit.at_least, 1, "low"), (limit.at_most, -1, "high")):
        if bound is None:
            continue
        end = worse if limit.on == "pessimistic" else limit.on
        what = {"value": "", "low": "low end ", "high": "high end "}[end]
        held = entry[end]
        if held is None:
            return False, f"{what}undefined: {entry['reason'] or 'no reason given'}"
        if sign * held < sign * bound:
            return False, f"{what}{held:g} is {'below' if sign > 0 else 'above'} {bound:g}"
        said = f"{what}{held:g} is within the limit"
    return True, said
