"""The picture of what evenness costs: overall quality against the gap between groups, of two models, with intervals."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING, Any

from dlpipe.report import title

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg")

_OVERALL = ("balanced_accuracy", "accuracy", "auroc")
"""The first of them that both were measured by is the overall quality."""
_GAPS = ("equalized_odds", "demographic_parity", "worst_group_accuracy")
"""Gaps that are drawn, as far as both were measured by them."""
_MOST_PANELS = 6


def overall(found: Mapping[str, Any]) -> str | None:
    """The metric that stands for overall quality; None where the two are not compared in pairs by any."""
    held = (found["paired"] or {}).get("metrics", {})
    return next((name for name in _OVERALL if name in held), next(iter(held), None))


def panels(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Attribute and gap of every panel; none where nothing can be drawn."""
    if overall(found) is None:
        return []
    gaps = found["paired"].get("fairness", {})
    known = [side["fairness"] for side in (found["first"], found["second"])]
    return [
        (attribute, name)
        for attribute, entries in gaps.items()
        for name in _GAPS
        if name in entries and all(name in side.get(attribute, {}) for side in known)
    ][:_MOST_PANELS]


def words(found: Mapping[str, Any]) -> str:
    """The trade in sentences: what became of the gap, and what of the whole."""
    metric = overall(found)
    if metric is None:
        return ""
    paired = found["paired"]
    said = [
        _word(f"the gap in {title(name).lower()} between values of {attribute}", paired["fairness"][attribute][name])
        for attribute, name in panels(found)
        if name == _GAPS[0]
    ]
    said.append(_word(title(metric).lower(), paired["metrics"][metric]))
    names = found["first"]["name"], found["second"]["name"]
    return f"{names[0]} beside {names[1]}: {'; '.join(said)}."


def _word(what: str, entry: Mapping[str, Any]) -> str:
    if entry["difference"] is None:
        return f"{what} is undefined ({entry['reason']})"
    change = f"{what} {entry['old']:.3f} → {entry['new']:.3f}"
    if entry["low"] is None:
        return f"{change}, without an interval"
    sure = "" if entry["low"] > 0 or entry["high"] < 0 else ", which chance alone could do"
    return f"{change} (difference {entry['difference']:+.3f} [{entry['low']:+.3f}, {entry['high']:+.3f}]{sure})"


def drawn(found: Mapping[str, Any]) -> Figure:
    """A panel a gap: the second model's point, an arrow, and the first one's; upper left is best."""
    from dlpipe.evaluate.drawing import figure

    metric, shown = overall(found), panels(found)
    if metric is None or not shown:
        raise ValueError("there is nothing to draw")
    across = min(len(shown), 3)
    down = -(-len(shown) // across)
    made = figure(4.2 * across, 3.8 * down + 0.6)
    axes = made.subplots(down, across, squeeze=False, sharey=True)
    for one, (attribute, gap) in zip(axes.flat, shown, strict=False):
        _panel(one, found, metric, attribute, gap)
    for one in list(axes.flat)[len(shown) :]:
        one.set_visible(False)
    for row in axes:
        row[0].set_ylabel(f"{title(metric)}: higher is better")
    made.suptitle(f"{found['first']['name']} beside {found['second']['name']}", x=0.01, ha="left", fontweight="bold")
    return made


def _panel(axes: Axes, found: Mapping[str, Any], metric: str, attribute: str, gap: str) -> None:
    from dlpipe.evaluate.drawing import BLUE, GREY, short

    ends: list[tuple[float, float]] = []
    for side, colour, marker in ((found["second"], GREY, "o"), (found["first"], BLUE, "s")):
        x, y = side["fairness"][attribute][gap], side["metrics"][metric]
        if x["value"] is None or y["value"] is None:
            continue
        for entry, other, is_across in ((x, y["value"], True), (y, x["value"], False)):
            if entry["low"] is not None:
                span, at = [entry["low"], entry["high"]], [other, other]
                axes.plot(*((span, at) if is_across else (at, span)), color=colour, linewidth=2, alpha=0.35)
        axes.plot(x["value"], y["value"], marker=marker, color=colour, markersize=8, label=short(side["name"], 28))
        ends.append((x["value"], y["value"]))
    if len(ends) == 2:  # noqa: PLR2004 - an arrow has two ends
        axes.annotate("", xy=ends[1], xytext=ends[0], arrowprops={"arrowstyle": "->", "color": GREY, "shrinkB": 6})
    if not ends:
        axes.text(0.5, 0.5, "undefined", transform=axes.transAxes, ha="center", color=GREY)
    axes.set_xlim(left=0)
    axes.set_title(f"{title(gap)} between {short(attribute, 24)}", fontsize=10.5)
    axes.set_xlabel("gap: lower is more even")
    axes.legend(loc="lower right", fontsize=8)


def save(found: Mapping[str, Any], path: Path) -> None:
    """Writes the picture, by the ending of its name; the same bytes for the same numbers.

    Raises:
        DlpipeError: there is nothing to draw: no common samples, or no groups.
    """
    from dlpipe.core import files

    if not panels(found):
        from dlpipe.core.errors import DlpipeError

        why = found["reason"] or "neither was evaluated by groups"
        raise DlpipeError(
            f"there is no trade-off to draw: {why}", "name attributes in dataset.groups, and evaluate again"
        )
    files.write_bytes(path.absolute(), _bytes(found, path.suffix.lower()))


def data_uri(found: Mapping[str, Any]) -> str:
    """The picture as a page holds it."""
    return "data:image/png;base64," + base64.b64encode(_bytes(found, ".png")).decode()


def _bytes(found: Mapping[str, Any], suffix: str) -> bytes:
    from dlpipe.evaluate.drawing import style

    content = BytesIO()
    with style():
        import matplotlib as mpl

        mpl.rcParams["svg.hashsalt"] = "dlpipe"
        metadata = {"Date": None, "Creator": None} if suffix == ".svg" else {"Software": None}
        drawn(found).savefig(content, format=suffix.removeprefix("."), metadata=metadata)
    return content.getvalue()
