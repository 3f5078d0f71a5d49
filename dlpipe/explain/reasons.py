"""What the numbers say, in words for a person: where the model fails, and whether its maps can be believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.explain import numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlpipe.explain.choosing import Answers

_LEAST = 20
"""Samples of a part from which its share of errors is told."""
_MUCH_OF_BORDER = 1.2
_ABOVE_CHANCE = 0.05
_QUARTERS = {"darkest": ("brightness", 0.25), "brightest": ("brightness", -0.75), "flattest": ("contrast", 0.25)}
_MORE = {"most contrasted": ("contrast", -0.75), "blurriest": ("sharpness", 0.25), "sharpest": ("sharpness", -0.75)}


PROPERTIES: tuple[str, ...] = ("brightness", "contrast", "sharpness")


def properties(picture: NDArray[Any]) -> tuple[float, float, float]:
    """Brightness, contrast and sharpness of a picture as the network takes it. (C, H, W) uint8."""
    import cv2

    grey = picture.mean(axis=0)
    return float(grey.mean()), float(grey.std()), float(cv2.Laplacian(grey, cv2.CV_64F).var())


def parts_of(answers: Answers, groups: Sequence[str], measured: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Parts of the test set in which errors may gather, each (n,) bool: classes, groups, and ends of properties."""
    found: dict[str, NDArray[Any]] = {}
    for column in ("label", *(name for name in groups if name in answers.samples.columns)):
        values = answers.samples[column].cast(str).fill_null("(missing)").to_numpy()
        found |= {f"{column} {value}": values == value for value in np.unique(values)}
    for words, (name, end) in {**_QUARTERS, **_MORE}.items():
        values = measured[name]
        cut = np.quantile(values, abs(end))
        found[f"the {words} quarter"] = values <= cut if end > 0 else values >= cut
    return found


def error_parts(answers: Answers, parts: Mapping[str, NDArray[Any]]) -> list[dict[str, Any]]:
    """Each part's share of errors beside that of all other samples, the worst first; `clear` where intervals are apart."""
    wrong = answers.is_wrong
    rows: list[dict[str, Any]] = []
    for name, inside in parts.items():
        if inside.sum() < _LEAST or (~inside).sum() < _LEAST:
            continue
        ours = numbers.share(int(wrong[inside].sum()), int(inside.sum()))
        others = numbers.share(int(wrong[~inside].sum()), int((~inside).sum()))
        rows.append({"part": name, "errors": ours, "others": others, "clear": ours["low"] > others["high"]})
    return sorted(rows, key=lambda row: (-(row["errors"]["value"] - row["others"]["value"]), row["part"]))


def sentences(found: Mapping[str, Any], answers: Answers, classes: Sequence[str]) -> list[str]:
    """The explanations' `reasons`."""
    told = [*_confusions(answers, classes), *_gathered(found["error_parts"])]
    return [*told, *_believable(found["faithfulness"]), *_border(found["shortcut"])]


def _confusions(answers: Answers, classes: Sequence[str]) -> Iterator[str]:
    wrong = np.flatnonzero(answers.is_wrong)
    yield f"{len(wrong):,} of {len(answers.y_true):,} test samples are answered wrong"
    pairs = Counter(zip(answers.y_true[wrong].tolist(), answers.predicted[wrong].tolist(), strict=True))
    for (label, answer), count in pairs.most_common(3):
        held = numbers.share(count, int((answers.y_true == label).sum()))
        yield f"{classes[label]} taken for {classes[answer]}: {_percent(held)}"


def _gathered(parts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    clear = [row for row in parts if row["clear"]]
    for row in clear[:5]:
        yield f"fails more on {row['part']}: {_percent(row['errors'])}, on the others {_percent(row['others'])}"
    if not clear:
        yield "errors gather in no class, group, or quarter of brightness, contrast or sharpness that these n can show"


def _believable(faithfulness: Mapping[str, Any]) -> Iterator[str]:
    for method, scores in faithfulness.items():
        gain = scores["gain"]
        name = method.replace("_", " ")
        if gain["value"] is None or gain["low"] is None or gain["low"] <= 0:
            yield f"the maps of {name} are not sure to be better than chance {_ends(gain)}: do not read much into them"
        else:
            yield f"the maps of {name} show what the answer rests on better than chance: gain {_ends(gain)}"


def _border(shortcut: Mapping[str, Any]) -> Iterator[str]:
    held = shortcut["border_attribution"]["of_its_area"]
    if held["low"] is not None and held["low"] > _MUCH_OF_BORDER:
        yield f"the maps point at the border {held['value']:.1f} times as much as its area would: look at what is there"
    only = shortcut["border_only"][shortcut["measured_by"]]
    name = shortcut["measured_by"].replace("_", " ")
    if only["low"] is not None and only["low"] > shortcut["chance"] + _ABOVE_CHANCE:
        yield f"the border alone tells something: {name} {_ends(only)} with all else covered, chance is {shortcut['chance']:g}"
    elif only["value"] is not None:
        yield f"the border alone tells nothing that is sure: {name} {_ends(only)} with all else covered"


def _percent(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None:
        return f"undefined ({entry['reason']})"
    return f"{entry['value']:.0%} [{entry['low']:.0%}, {entry['high']:.0%}], n = {entry['n']:,}"


def _ends(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None:
        return f"undefined ({entry['reason']})"
    return f"{entry['value']:.2f}" + ("" if entry["low"] is None else f" [{entry['low']:.2f}, {entry['high']:.2f}]")
