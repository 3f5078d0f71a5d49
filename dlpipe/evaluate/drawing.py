"""The looks of pictures: one palette, one style, and files without a date."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

BLUE, ORANGE, GREY, INK, PALE = "#2563a8", "#d97706", "#8a94a3", "#1f2937", "#e5e9ef"
"""Told apart by the colour-blind too, and by lightness in print."""

_STYLE: dict[Any, Any] = {
    "figure.dpi": 150,
    "savefig.dpi": 150,
    "font.size": 10,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
}


@contextmanager
def style() -> Generator[None]:
    """Matplotlib's defaults and ours, whatever this machine's matplotlibrc says."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches; no window, no global state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def save(drawn: Figure, path: Path) -> None:
    """Writes a PNG without the version of what drew it."""
    drawn.savefig(path, metadata={"Software": None})


def short(name: str, most: int = 18) -> str:
    """A name as long as there is room for it."""
    return name if len(name) <= most else f"{name[: most - 1]}…"
