"""Sections of the report about the model itself: what it costs to run, and how it decides if it decides by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dlpipe.evaluate.sections import Section, Table

if TYPE_CHECKING:
    from dlpipe.decision import GroupRules

_EXACT = (
    ("size_bytes", "size of the file, MiB", 1 << 20),
    ("num_parameters", "parameters, millions", 1e6),
    ("macs", "multiplications with addition a sample, millions", 1e6),
)
_NEVER = 1.0
"""No probability reaches a threshold above it."""


def costs(found: Mapping[str, Any]) -> Section:
    """`found` is `efficiency.json`, of which only what every machine counts alike stands on the page."""
    lead = "Times, memory and energy differ from run to run: they stand in efficiency.json and in MLflow."
    rows = [[words, _short(found["efficiency"][name], divisor)] for name, words, divisor in _EXACT]
    return Section("costs", "What it costs to run", lead, [Table(["cost", "value"], rows, "Of the exported model.")])


def _short(entry: Mapping[str, Any], divisor: float) -> str:
    return f"unknown: {entry['reason']}" if entry["value"] is None else f"{entry['value'] / divisor:,.1f}"


def rules(found: GroupRules | None) -> Section:
    """How each group is answered; nothing where one threshold serves all."""
    rows = [] if found is None else list(_rules(found))
    lead = "" if found is None else f"Each {found.by} has its own rule, so every sample must say which one it is."
    caption = "A draw follows from the sample's own content: the same sample always gets the same answer."
    heads = ["group", "says yes from", "in draws", "else from", "in draws", "drawn without looking"]
    return Section("rules", "How it decides", lead, [Table(heads, rows, caption)])


def _rules(found: GroupRules) -> Iterator[list[str]]:
    for value, rule in found.rules.items():
        looked = 1 - rule.ignored
        shares = (looked * rule.first, looked * (1 - rule.first))
        told = ("never" if threshold > _NEVER else f"{threshold:.3f}" for threshold in rule.thresholds)
        (first, second), (one, other) = told, (f"{share:.0%}" for share in shares)
        drawn = f"{rule.ignored:.0%}, yes in {rule.constant:.0%} of them" if rule.ignored else ""
        yield [value, first, one, second, other, drawn]
