"""Rules against the champion: how much worse a new model may be, decided on the pessimistic end of the difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from dlpipe.comparison.paired import pessimistic
from dlpipe.core.config import Section
from dlpipe.gate.limits import named


class Margin(Section):
    """Not worse than the champion by as much as `margin`, for sure; 0 demands that it is better, for sure."""

    margin: float = Field(ge=0, description="By less than this it may be worse; in the metric's own unit.")
    warn: bool = Field(default=False, description="Say so instead of refusing where that is not sure.")


def differences(comparison: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every difference that a rule may name: `auroc`, `groups.cell_type.mono.auroc`."""
    found = dict(comparison["metrics"])
    for attribute, values in comparison["groups"].items():
        for value, entries in values.items():
            named = {name: entry for name, entry in entries.items() if isinstance(entry, dict)}
            found |= {f"groups.{attribute}.{value}.{name}": entry for name, entry in named.items()}
    return found


def judged(name: str, rule: Margin, comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A rule's lines of `gate.json`; one that could not be compared is not passed.

    Raises:
        DlpipeError: nothing of that name was compared.
    """
    if (reason := comparison.get("reason")) is not None:
        nothing = {"difference": None, "low": None, "high": None, "reason": reason, "higher_is_better": True}
        return [_line(name, rule, nothing)]
    known = differences(comparison)
    return [_line(path, rule, known[path]) for path in named(name, known, "gate.champion")]


def _line(path: str, rule: Margin, entry: Mapping[str, Any]) -> dict[str, Any]:
    kept, why = _compared(rule.margin, entry)
    return {
        "rule": f"champion.{path}",
        "limit": {"margin": rule.margin, "on": "pessimistic"},
        "value": entry["difference"],
        "low": entry["low"],
        "high": entry["high"],
        "verdict": "pass" if kept else "warn" if rule.warn else "fail",
        "why": why,
    }


def _compared(margin: float, entry: Mapping[str, Any]) -> tuple[bool, str]:
    worst = pessimistic(entry)
    if worst is None or entry["difference"] is None:
        return False, f"undefined: {entry.get('reason') or 'no reason given'}"
    asked = f"{margin:g} worse" if margin else "as good"
    if worst > -margin:
        return (
            True,
            f"better for sure by {worst:g}" if worst > 0 else f"at worst {-worst:g} worse, less than {margin:g}",
        )
    if margin == 0:
        return False, f"not better for sure: it may be {asked} or {-worst:g} worse"
    return False, f"it may be {-worst:g} worse, as much as {margin:g} or more"
