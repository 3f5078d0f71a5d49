"""The audit in a terminal: 80 columns, readable without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlpipe.core.say import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

_EXAMPLES = 2
_FINDINGS = 12


def audit_table(report: Mapping[str, Any]) -> RenderableType:
    """What `report.json` says: fates, a line for each check with the worst samples, what concerns the set, and the limits."""
    from rich.console import Group
    from rich.padding import Padding

    kept, aside, total = report["num_kept"], report["num_set_aside"], report["num_samples"]
    noun = report["noun"] + ("" if total == 1 else "s")
    parts: list[RenderableType] = [_word(f"{total:,} {noun}: {kept:,} kept, {aside:,} set aside", "bold")]
    parts.append(Padding(_checks(report), (1, 0, 0, 0)))
    if report["about_set"]["num_issues"]:
        parts.append(Padding(_about_set(report["about_set"]), (1, 0, 0, 0)))
    if report["limits"]:
        parts.append(Padding(_limits(report), (1, 0, 0, 0)))
    return Group(*parts)


def _checks(report: Mapping[str, Any]) -> Table:
    table = _table("check", "found", "share", "set aside", "for example", wraps=(0, 4))
    total = report["num_samples"] or 1
    unreadable = report["unreadable"]
    rows = {"unreadable": (unreadable["num_samples"], unreadable["num_samples"], unreadable["listed"])}
    for name, check in report["checks"].items():
        if check["of_set"]:
            continue
        aside = check["num_set_aside"] if check["sets_aside"] else None
        rows[name] = (check["num_issues"], aside, [entry for entry in check["worst"] if entry["is_issue"]])
    for name, (found, aside, listed) in rows.items():
        examples = ", ".join(entry["id"] for entry in listed[:_EXAMPLES])
        shown = "noted" if aside is None else f"{aside:,}"
        row = name, f"{found:,}", f"{found / total:.1%}" if found else "", shown if found else "", examples
        table.add_row(*map(_word, row), style="" if found else "dim")
    return table


def _about_set(about: Mapping[str, Any]) -> Table:
    table = _table("about the set", "what was found", wraps=(0, 1))
    found = [entry for entry in about["listed"] if entry["is_issue"]]
    for entry in found[:_FINDINGS]:
        table.add_row(_word(entry["check"]), _word(entry["reason"]))
    if about["num_issues"] > _FINDINGS:
        table.add_row("", _word(f"and {about['num_issues'] - _FINDINGS} more: see the report", "dim"))
    return table


def _limits(report: Mapping[str, Any]) -> Table:
    table = _table("limit", "at most", "found", "", wraps=(0,))
    styles = {"pass": "green", "warn": "yellow", "fail": "bold red"}
    for limit in report["limits"]:
        found = "undefined" if limit["share"] is None else f"{limit['share']:.1%}"
        verdict = _word(limit["verdict"].upper(), styles[limit["verdict"]])
        table.add_row(_word(limit["name"]), f"{limit['at_most']:.3g}", found, verdict)
    return table


def _table(*heads: str, wraps: tuple[int, ...]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for number, head in enumerate(heads):
        is_number = head in {"found", "share", "set aside", "at most"}
        table.add_column(head, overflow="fold", no_wrap=number not in wraps, justify="right" if is_number else "left")
    return table


def _word(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(printable(text).replace("\n", "⏎"), style=style)
