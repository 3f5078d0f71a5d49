"""Pictures of an evaluation, the same bytes for the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.evaluate.drawing import BLUE, GREY, INK, ORANGE, figure, save, short, style
from dlpipe.evaluate.group_picture import group_picture
from dlpipe.evaluate.plots import calibration_table, roc
from dlpipe.report import title

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from dlpipe.evaluate.evaluation import Evaluated

_MOST_NUMBERS = 12
"""Classes up to which a confusion matrix shows its numbers."""
_MOST_CURVES = 8


def write(measured: Evaluated, out: Path) -> None:
    """Writes confusion.png, roc.png, calibration.png and, where the pipeline names groups, groups.png."""
    with style():
        save(confusion(measured), out / "confusion.png")
        save(roc_curves(measured), out / "roc.png")
        save(calibration(measured), out / "calibration.png")
        if measured.evaluation["groups"]:
            save(group_picture(measured.evaluation), out / "groups.png")


def confusion(measured: Evaluated) -> Figure:
    """Labels against answers: shares of each label by colour, counts by number."""
    counts = np.array(measured.evaluation["confusion"]["counts"])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = min(4.2 + 0.35 * len(counts), 14)
    drawn = figure(size + 0.3, size)
    axes = drawn.subplots()
    axes.grid(visible=False)
    shown = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.hlines(np.arange(1, len(counts)) - 0.5, -0.5, len(counts) - 0.5, color="white", linewidth=2)
    axes.vlines(np.arange(1, len(counts)) - 0.5, -0.5, len(counts) - 0.5, color="white", linewidth=2)
    if len(counts) <= _MOST_NUMBERS:
        _numbers(axes, counts, shares)
    else:
        drawn.colorbar(shown, ax=axes, shrink=0.8, label="share of the label")
    names = [short(name) for name in measured.classes]
    turn = 0 if max(map(len, names)) * len(names) < 40 else 60  # noqa: PLR2004 - characters that fit side by side
    axes.set_xticks(range(len(names)), names, rotation=turn, ha="right" if turn else "center")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="answer", ylabel="label", title=f"Confusion, {measured.evaluation['num_samples']:,} test samples")
    axes.spines[:].set_visible(False)
    return drawn


def _numbers(axes: Axes, counts: NDArray[Any], shares: NDArray[Any]) -> None:
    size = 12 if len(counts) < 6 else 8  # noqa: PLR2004 - what fits into a cell
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.55 else INK  # noqa: PLR2004 - where the blue gets dark
        text = f"{count:,}\n{shares[row, column]:.0%}"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)


def roc_curves(measured: Evaluated) -> Figure:
    """True against false positive rate, with the operating point; logistic regression for comparison."""
    drawn = figure(5.6, 5.4)
    axes = drawn.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (2, 3)))
    positive = measured.predictions.positive
    if positive is None:
        _curves_of_classes(axes, measured)
        head = "ROC, each class against the rest"
    else:
        _curve_of_positive(axes, measured, positive)
        head = f"ROC, positive: {short(measured.classes[positive])}"
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal", title=head)
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    axes.legend(loc="lower right", fontsize=9)
    return drawn


def _curve_of_positive(axes: Axes, measured: Evaluated, positive: int) -> None:
    is_positive = measured.y_true == positive
    found = measured.evaluation
    score = measured.predictions.probabilities[:, positive]
    label = _with_value("model", found["metrics"].get("auroc"))
    axes.plot(*roc(is_positive, score), color=BLUE, linewidth=2.4, label=label, zorder=4)
    if is_positive.any() and not is_positive.all():
        answers = measured.predictions.predicted == positive
        point = answers[~is_positive].mean(), answers[is_positive].mean()
        style: dict[str, Any] = {"color": ORANGE, "markersize": 9, "markeredgecolor": "white", "zorder": 5}
        axes.plot(*point, marker="o", linestyle="none", label="model's operating point", **style)
    if "logistic_regression" in measured.baselines:
        other = measured.baselines["logistic_regression"].predictions.probabilities[:, positive]
        label = _with_value("logistic regression", found["baselines"]["logistic_regression"].get("auroc"))
        axes.plot(*roc(is_positive, other), color=GREY, linewidth=1.6, label=label, zorder=3)


def _curves_of_classes(axes: Axes, measured: Evaluated) -> None:
    import matplotlib as mpl

    colours = mpl.colormaps["viridis"](np.linspace(0, 0.85, min(len(measured.classes), _MOST_CURVES)))
    for index, colour in enumerate(colours):
        curve = roc(measured.y_true == index, measured.predictions.probabilities[:, index])
        axes.plot(*curve, color=colour, linewidth=1.8, label=short(measured.classes[index]))
    if (more := len(measured.classes) - _MOST_CURVES) > 0:
        axes.plot([], [], linestyle="none", label=f"and {more} more in plots/roc.csv")


def _with_value(words: str, entry: dict[str, Any] | None) -> str:
    if entry is None or entry["value"] is None:
        return words
    ends = "" if entry["low"] is None else f" [{entry['low']:.3f}, {entry['high']:.3f}]"
    return f"{words}: AUROC {entry['value']:.3f}{ends}"


def calibration(measured: Evaluated) -> Figure:
    """How often what was given a probability came true, and how many samples say so."""
    table = calibration_table(measured.y_true, measured.predictions)
    positive = measured.predictions.positive
    what = "confidence" if positive is None else f"probability of {short(measured.classes[positive])}"
    drawn = figure(5.6, 5.8)
    axes, below = drawn.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    mean, frequency = table["probability"].to_numpy(), table["frequency"].to_numpy()
    ends = np.abs(np.stack([frequency - table["low"].to_numpy(), table["high"].to_numpy() - frequency]))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (2, 3)), label="perfect")
    style = {"color": BLUE, "marker": "o", "markersize": 6, "linewidth": 2, "elinewidth": 1.2, "ecolor": "#9dbbdc"}
    axes.errorbar(mean, frequency, yerr=ends, label="model, 95% interval", **style)
    axes.set(ylim=(-0.02, 1.02), ylabel="how often it was so", title=f"Calibration{_scores(measured.evaluation)}")
    axes.legend(loc="upper left", fontsize=9)
    below.bar(mean, table["n"].to_numpy(), width=0.05, color=BLUE)
    below.set(xlim=(-0.02, 1.02), xlabel=what, ylabel="samples")
    return drawn


def _scores(evaluation: dict[str, Any]) -> str:
    told = [(title(name), evaluation["metrics"].get(name, {}).get("value")) for name in ("ece", "brier")]
    return "".join(f" · {name} {value:.3f}" for name, value in told if value is not None)
