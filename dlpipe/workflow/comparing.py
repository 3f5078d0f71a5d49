"""A comparison as a terminal table, as Markdown for a pull request, and as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core.say import printable
from dlpipe.report import title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

_TEMPLATE = Path(__file__).parent / "compare.html"
_STYLES = {"better": "green", "worse": "red"}
_KINDS = {"better": "ok", "worse": "fail"}
_MARKS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#~"} | {"\n": " "})


def word(entry: Mapping[str, Any]) -> str:
    """`better` or `worse` where the interval leaves out 0, else `unclear`; of the first beside the second."""
    low, high = entry["low"], entry["high"]
    if low is None or high is None or low <= 0 <= high:
        return "unclear"
    return "better" if (low > 0) == entry["higher_is_better"] else "worse"


def headline(found: Mapping[str, Any]) -> str:
    """One sentence: in what the first is better and worse."""
    first, second = found["first"]["name"], found["second"]["name"]
    if found["paired"] is None:
        return f"{first} and {second} can't be compared in pairs: {found['reason']}."
    said = {name: word(entry) for name, entry in found["paired"]["metrics"].items()}
    parts = [
        f"{kind} in {', '.join(title(name) for name, is_kind in said.items() if is_kind == kind)}"
        for kind in ("better", "worse")
        if kind in said.values()
    ]
    start = f"On {found['paired']['num_samples']:,} samples that both have never seen, {first}"
    if not parts:
        return f"{start} is neither clearly better nor clearly worse than {second}."
    return f"{start} is {' and '.join(parts)} than {second}; the rest is unclear."


def rows(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    """Metric, first, second, difference with its interval, word: overall, gaps between groups, then by group."""
    if found["paired"] is None:
        for name, entry in found["first"]["metrics"].items():
            other = found["second"]["metrics"].get(name)
            yield title(name), _value(entry["value"]), _value(other["value"] if other else None), "", ""
        return
    yield from _of(found["paired"]["metrics"], "")
    for attribute, entries in found["paired"].get("fairness", {}).items():
        yield from _of(entries, f"gap between {attribute}: ")
    for attribute, values in found["paired"]["groups"].items():
        for value, entries in values.items():
            measured = {name: entry for name, entry in entries.items() if isinstance(entry, dict)}
            yield from _of(measured, f"{attribute} {value} (n {entries['n']:,}): ")


def _of(entries: Mapping[str, Any], start: str) -> Iterator[tuple[str, str, str, str, str]]:
    for name, entry in entries.items():
        ends = "" if entry["low"] is None else f" [{entry['low']:+.3f}, {entry['high']:+.3f}]"
        gap = "undefined" if entry["difference"] is None else f"{entry['difference']:+.3f}{ends}"
        yield f"{start}{title(name)}", _value(entry["new"]), _value(entry["old"]), gap, word(entry)


def _value(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def who_is_right(found: Mapping[str, Any]) -> str:
    """McNemar's counts in a sentence."""
    said = found["paired"]["answers"]
    first, second = found["first"]["name"], found["second"]["name"]
    return (
        f"Only {first} is right on {said['only_new_right']:,} samples, only {second} on {said['only_old_right']:,} "
        f"(McNemar, exact: p = {said['p_value']:.3g}); both on {said['both_right']:,}, neither on {said['neither_right']:,}."
    )


def how(found: Mapping[str, Any]) -> str:
    """How the intervals were made."""
    paired = found["paired"]
    drawn = f"{paired['num_clusters']} clusters" if "num_clusters" in paired else "samples one by one"
    return f"{paired['confidence']:.0%} intervals of the difference, first less second, from {paired['num_resamples']:,} resamples of {drawn}."


def _settings(found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(said["setting"], said["first"] or "—", said["second"] or "—") for said in found["settings"]]


def table(found: Mapping[str, Any]) -> RenderableType:
    """For a terminal."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    def grid(*heads: str) -> Table:
        made = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
        for head in heads:
            made.add_column(Text(printable(head)), overflow="fold")
        return made

    first, second = found["first"], found["second"]
    names = first["name"], second["name"]
    measured = grid("", *names, "difference", "")
    for *cells, said in rows(found):
        measured.add_row(*(Text(printable(cell)) for cell in cells), Text(said, style=_STYLES.get(said, "")))
    parts: list[RenderableType] = [
        Text(f"{printable(side['name'])}: {printable(side['about'])}") for side in (first, second)
    ]
    parts += [Text(""), Text(printable(headline(found)), style="bold"), Text(""), measured]
    if found["paired"] is not None:
        parts += [Text(printable(who_is_right(found))), Text(how(found), style="dim")]
    settings = grid("setting", *names)
    for row in _settings(found):
        settings.add_row(*(Text(printable(cell)) for cell in row))
    parts += [Text(""), settings if found["settings"] else Text("All settings of data and training are the same.")]
    return Group(*parts)


def markdown(found: Mapping[str, Any]) -> str:
    """For a pull request."""
    first, second = _plain(found["first"]["name"]), _plain(found["second"]["name"])
    lines = [f"**{_plain(headline(found))}**", "", f"| | {first} | {second} | difference | |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(map(_plain, row))} |" for row in rows(found)]
    if found["paired"] is not None:
        lines += ["", _plain(who_is_right(found)), "", _plain(how(found))]
    if found["settings"]:
        lines += ["", f"| setting | {first} | {second} |", "|---|---|---|"]
        lines += [f"| {' | '.join(map(_plain, row))} |" for row in _settings(found)]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Text that Markdown takes for text."""
    return printable(text).translate(_MARKS)


def page(found: Mapping[str, Any]) -> str:
    """For a browser."""
    from dlpipe.page import render
    from dlpipe.workflow import tradeoff

    first, second = found["first"], found["second"]
    paired = found["paired"] is not None
    return render(
        _TEMPLATE,
        f"{first['name']} beside {second['name']}",
        "dlpipe compare",
        headline=headline(found),
        sides=[first, second],
        picture=tradeoff.data_uri(found) if tradeoff.panels(found) else None,
        told=tradeoff.words(found),
        rows=[(*cells, said, _KINDS.get(said, "plain")) for *cells, said in rows(found)],
        who=who_is_right(found) if paired else None,
        how=how(found) if paired else None,
        settings=_settings(found),
    )
