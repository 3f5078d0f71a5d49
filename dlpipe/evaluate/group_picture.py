"""The picture of every metric by every group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlpipe.evaluate.drawing import BLUE, GREY, ORANGE, figure, short
from dlpipe.report import title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LACKING: dict[str, Any] = {
    "ha": "center",
    "va": "center",
    "color": GREY,
    "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 2},
}


def group_picture(evaluation: dict[str, Any]) -> Figure:
    """Every metric by every group with its interval, beside the value of all samples."""
    rows = [
        (f"{value}  (n {group['n']:,}{', few' if group['small'] else ''})", group)
        for values in evaluation["groups"].values()
        for value, group in values.items()
    ]
    names = list(evaluation["metrics"])
    across = min(len(names), 4)
    down = -(-len(names) // across)
    drawn = figure(3.0 * across + 1.2, (1.0 + 0.42 * len(rows)) * down + 0.6)
    panels = drawn.subplots(down, across, squeeze=False, sharey=True)
    for axes, name in zip(panels.flat, names, strict=False):
        _panel(axes, name, evaluation["metrics"][name], [group[name] for _, group in rows])
        axes.set_yticks(range(len(rows)), [short(label, 36) for label, _ in rows])
    for axes in panels.flat[len(names) :]:
        axes.set_visible(False)
    held = ", ".join(evaluation["groups"])
    drawn.suptitle(f"By {held}; dashed: all test samples", x=0.01, ha="left", fontweight="bold", fontsize=12)
    return drawn


def _panel(axes: Axes, name: str, overall: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    axes.set_title(title(name), fontsize=10.5, pad=6)
    axes.grid(visible=False, axis="y")
    axes.set_ylim(len(entries) - 0.5, -0.5)
    if overall["value"] is not None:
        axes.axvline(overall["value"], color=ORANGE, linewidth=1.4, linestyle=(0, (4, 3)))
    for row, entry in enumerate(entries):
        if entry["value"] is None:
            axes.text(0.5, row, "undefined", transform=axes.get_yaxis_transform(), **_LACKING)
            continue
        if entry["low"] is not None:
            axes.plot(
                [entry["low"], entry["high"]], [row, row], color=BLUE, linewidth=3, alpha=0.35, solid_capstyle="round"
            )
        axes.plot(entry["value"], row, marker="o", color=BLUE, markersize=7, markeredgecolor="white")
