"""Evaluations and verdicts as a person reads them in a terminal: 80 columns, readable without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dlpipe.core.say import printable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

_TITLES = {
    "adaptive_ece": "Adaptive ECE",
    "aurc": "AURC",
    "auroc": "AUROC",
    "average_precision": "Avg. precision",
    "balanced_accuracy": "Balanced acc.",
    "brier": "Brier score",
    "ece": "ECE",
    "knn": "kNN",
    "macro_auroc": "Macro AUROC",
    "macro_ece": "Macro ECE",
    "macro_f1": "Macro F1",
    "mcc": "MCC",
    "mean_average_precision": "Mean avg. precision",
    "micro_f1": "Micro F1",
}
_BASELINES = {"majority": "majority", "knn": "kNN", "logistic_regression": "logistic\nregr."}
"""In this order, by these heads; others follow."""
_HEADLINES = (
    *("auroc", "recall", "balanced_accuracy", "accuracy"),
    *("mean_average_precision", "micro_f1", "subset_accuracy"),
)
"""Metrics shown by group, as many as fit beside one another; all of them stand in evaluation.json."""
_MOST_HEADLINES = 3

_COLOURS = {"better": "green", "worse": "red", "PASS": "green", "FAIL": "bold red", "WARN": "yellow"}


def title(name: str) -> str:
    """A plug-in's name as people write it; of one class, as in `equalized_odds.rust`, with its name."""
    measure, dot, of_class = name.partition(".")
    if dot:
        return f"{title(measure)}: {of_class}"
    return _TITLES.get(name, name.replace("_", " ").capitalize())


def evaluation_table(evaluation: Mapping[str, Any]) -> RenderableType:
    """What `evaluation.json` says: metrics beside the baselines, gaps between groups, the main metrics by group."""
    from rich.console import Group
    from rich.padding import Padding

    parts: list[RenderableType] = [_metrics(evaluation)]
    if "thresholds" in evaluation:
        parts.append(_classes(evaluation))
    if any(evaluation["fairness"].values()):
        parts.append(_fairness(evaluation["fairness"]))
    parts.extend(_groups(attribute, groups, evaluation) for attribute, groups in evaluation["groups"].items())
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def gate_table(gate: Mapping[str, Any]) -> RenderableType:
    """What `gate.json` says: the verdict, every rule with its limit and value, and how it does beside the champion."""
    from rich.console import Group

    shown: list[RenderableType] = [_rules(gate)]
    beside = gate.get("comparison")
    if beside is not None:
        shown += ["", _beside(beside)]
    return Group(*shown)


def _rules(gate: Mapping[str, Any]) -> Table:
    table = _table(f"Gate: {gate['verdict'].upper()}", "", "rule", "limit", "value", wraps=(1, 3))
    for rule in gate["rules"]:
        value = _interval(rule, 3) if rule["value"] is not None else _word(rule["why"])
        table.add_row(_word(rule["verdict"].upper()), _word(rule["rule"]), _word(limit_words(rule["limit"])), value)
    if not gate["rules"]:
        table.add_row("", _word("none is set: everything passes"), "", "")
    return table


def _beside(comparison: Mapping[str, Any]) -> RenderableType:
    champion = comparison["champion"]
    if "reason" in comparison:
        return _word(f"Beside the champion, version {champion}: {comparison['reason']}")
    left = comparison["left_out"]
    out = f", {left:,} left out that it has seen" if left else ""
    head = f"Beside the champion, version {champion}: {comparison['num_samples']:,} samples{out}"
    table = _table(head, "", "new", "champion", f"difference, {comparison['confidence']:.0%}")
    for name, entry in comparison["metrics"].items():
        values = ["undefined" if entry[side] is None else f"{entry[side]:.3f}" for side in ("new", "old")]
        table.add_row(_word(title(name)), *values, _signed(entry))
    return table


def _signed(entry: Mapping[str, Any]) -> Text:
    if entry["difference"] is None or entry["low"] is None:
        return _word("undefined" if entry["difference"] is None else f"{entry['difference']:+.3f} unclear", "dim")
    low, high = entry["low"], entry["high"]
    word = "unclear" if low <= 0 <= high else "better" if (low > 0) == entry["higher_is_better"] else "worse"
    return _word(f"{entry['difference']:+.3f} [{low:+.3f}, {high:+.3f}] {word}", _COLOURS.get(word, ""))


def limit_words(limit: Mapping[str, Any]) -> str:
    """A gate's limit in signs: `>= 0.8`, `low end >= 0.8`; equal is within the limit. Beside the champion: in words."""
    if (margin := limit.get("margin")) is not None:
        return f"surely less than {margin:g} worse" if margin else "surely better"
    signs = {"at_least": ">=", "at_most": "<="}
    ends = [f"{sign} {limit[key]:g}" for key, sign in signs.items() if limit.get(key) is not None]
    end = {"low": "low end ", "high": "high end ", "pessimistic": "worse end "}.get(str(limit.get("on")), "")
    return f"{end}{' and '.join(ends)}"


def _metrics(evaluation: Mapping[str, Any]) -> Table:
    names = [*(name for name in _BASELINES if name in evaluation["baselines"])]
    names += [name for name in evaluation["baselines"] if name not in names]
    compared = "logistic_regression" if "logistic_regression" in names else None
    heads = [_BASELINES.get(name, name) for name in names]
    head = f"Test: {evaluation['num_samples']:,} samples, {evaluation['intervals']['confidence']:.0%} intervals"
    table = _table(head, "", "model", *heads, *(["model less\nlogistic regr."] if compared else []))
    better = evaluation["higher_is_better"]
    for higher in (True, False):
        rows = [name for name in evaluation["metrics"] if better[name] == higher]
        if rows and not higher:
            table.add_row(_word("less is better", "dim"))
        for name in rows:
            table.add_row(_word(title(name)), *_row(name, names, compared, evaluation, higher=higher))
    return table


def _row(
    name: str, baselines: Sequence[str], compared: str | None, evaluation: Mapping[str, Any], *, higher: bool
) -> list[Text]:
    values = [evaluation["baselines"][baseline][name]["value"] for baseline in baselines]
    last = [_difference(evaluation["paired"][compared][name], higher=higher)] if compared else []
    numbers = [_word("undefined" if value is None else f"{value:.3f}") for value in values]
    return [_interval(evaluation["metrics"][name], 3), *numbers, *last]


def _difference(entry: Mapping[str, Any], *, higher: bool) -> Text:
    """`+0.018 better` where the interval leaves out 0, else `+0.018 unclear`."""
    value, low, high = entry["difference"], entry["low"] or 0.0, entry["high"] or 0.0
    if value is None:
        return _word("undefined", "dim")
    word = "unclear" if low <= 0 <= high else "better" if (low > 0) == higher else "worse"
    return _word(f"{value:+.3f} {word}", _COLOURS.get(word, ""))


def _classes(evaluation: Mapping[str, Any]) -> Table:
    """Of several labels: each class by itself."""
    table = _table("By class", "", "n", "threshold", "F1", "AUROC", "ECE")
    for name, one in evaluation["per_class"].items():
        numbers = (_interval(one[measure], 2) for measure in ("f1", "auroc", "ece"))
        table.add_row(_word(name), f"{one['n']:,}", f"{one['threshold']:.2f}", *numbers)
    return table


def _fairness(fairness: Mapping[str, Any]) -> Table:
    table = _table("Gaps between groups (0 is even)", "", "between", "gap", "n", wraps=(0, 1, 3))
    for attribute, gaps in fairness.items():
        for number, (name, entry) in enumerate(gaps.items()):
            sizes = ", ".join(f"{group} {held:,}" for group, held in entry["n"].items())
            table.add_row(_word(title(name)), _word(attribute), _interval(entry, 3), _word("" if number else sizes))
    return table


def _groups(attribute: str, groups: Mapping[str, Any], evaluation: Mapping[str, Any]) -> Table:
    measured = evaluation["metrics"]
    shown = [name for name in _HEADLINES if name in measured][:_MOST_HEADLINES] or list(measured)[:_MOST_HEADLINES]
    table = _table(f"By {attribute}", "", "n", *(title(name) for name in shown))
    for value, group in groups.items():
        size = f"{group['n']:,}{' few' if group['small'] else ''}"
        table.add_row(_word(value), size, *(_interval(group[name], 2) for name in shown))
    return table


def _table(head: str, *columns: str, wraps: Sequence[int] = (0,)) -> Table:
    """An empty table; columns numbered in `wraps` may break, the others are numbers and do not."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=_word(head), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False)
    table.padding = (0, 1, 0, 0)
    for number, column in enumerate(columns):
        words = Text("\n").join(map(_word, column.split("\n")))
        table.add_column(words, overflow="fold", no_wrap=number not in wraps)
    return table


def _interval(entry: Mapping[str, Any], digits: int) -> Text:
    """`0.912 [0.881, 0.938]`, `0.912` without an interval, or `undefined`."""
    if entry["value"] is None:
        return _word("undefined", "dim")
    text = _word(f"{entry['value']:.{digits}f}", "bold")
    if entry["low"] is not None:
        text.append(f" [{entry['low']:.{digits}f}, {entry['high']:.{digits}f}]", style="not bold")
    return text


def _word(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(printable(text), style=style or _COLOURS.get(text, ""))
