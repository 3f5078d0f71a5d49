"""An evaluation in sentences that a person who decides can read: how good, better than what, and for whom it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlpipe.report import title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAIN = ("auroc", "balanced_accuracy", "accuracy", "mean_average_precision", "micro_f1", "macro_f1")
"""The first of them that is measured stands for the model."""
_OF_GROUPS = ("recall", "balanced_accuracy", "accuracy", "auroc", "micro_f1", "subset_accuracy")
_BASELINES = {
    "logistic_regression": "logistic regression on frozen features",
    "knn": "nearest neighbours",
    "majority": "always saying the most frequent class",
    "prevalence": "how often each class occurs",
}
_FEW_CLUSTERS = 20


@dataclass(frozen=True)
class Verdict:
    """One sentence and how it is to be taken: `ok`, `warn`, `fail` or `plain`."""

    word: str
    kind: str
    sentence: str


def main_metric(evaluation: Mapping[str, Any]) -> str:
    """The metric that stands for the model."""
    known = evaluation["metrics"]
    return next((name for name in _MAIN if name in known and known[name]["value"] is not None), next(iter(known)))


def how_good(evaluation: Mapping[str, Any]) -> str:
    """What it does at its operating point, counted from the confusion matrix."""
    counts, classes = evaluation["confusion"]["counts"], evaluation["classes"]
    total, right = sum(map(sum, counts)), sum(row[place] for place, row in enumerate(counts))
    positive = evaluation["positive"]
    start = f"It is right on {_share(right, total)} of {total:,} test samples it has never seen"
    if positive is None:
        return f"{start}, over {len(classes)} classes."
    found, spared = counts[positive], counts[1 - positive]
    finds = f"it finds {_share(found[positive], sum(found))} of those that are “{classes[positive]}”"
    alarm = f"raises a false alarm on {_share(spared[positive], sum(spared))} of the others"
    return f"{start}: {finds}, and {alarm}."


def against_baseline(evaluation: Mapping[str, Any]) -> Verdict:
    """Whether the network was worth it: the main metric beside the strongest simple baseline, in pairs."""
    name = main_metric(evaluation)
    higher = evaluation["higher_is_better"][name]
    values = {other: said[name]["value"] for other, said in evaluation["baselines"].items()}
    known = {other: value for other, value in values.items() if value is not None}
    model = evaluation["metrics"][name]["value"]
    if not known or model is None:
        return Verdict("not compared", "plain", "No baseline stands beside it.")
    best = max(known, key=lambda other: known[other] if higher else -known[other])
    entry = evaluation["paired"][best][name]
    words = f"{title(name)} {model:.3f}, {_BASELINES.get(best, best)} {known[best]:.3f}"
    told = f"{words}; difference {entry['difference']:+.3f}{_ends(entry)}."
    if entry["low"] is None:
        return Verdict("not sure", "warn", f"{told} There is no interval: {entry.get('reason', 'no reason given')}.")
    worst, top = (entry["low"], entry["high"]) if higher else (-entry["high"], -entry["low"])
    if worst > 0:
        return Verdict("better than simple methods", "ok", told)
    if top < 0:
        return Verdict("worse than a simple method", "fail", told)
    return Verdict("not clearly better", "warn", f"{told} It may be chance: the simple method may do as well.")


def weakest(evaluation: Mapping[str, Any]) -> Iterator[Verdict]:
    """Of each attribute the group that it fails most, and whether that may be chance."""
    for attribute, groups in evaluation["groups"].items():
        name = next((one for one in _OF_GROUPS if one in evaluation["metrics"]), None)
        if name is None:
            continue
        whole = evaluation["metrics"][name]["value"]
        values = {value: group for value, group in groups.items() if group[name]["value"] is not None}
        large = {value: group for value, group in values.items() if not group["small"]}
        if len(groups) < 2 or not large or whole is None:  # noqa: PLR2004 - one group is no comparison
            yield Verdict("not enough data", "plain", f"{attribute}: no group is large enough to be judged.")
            continue
        worst = min(large, key=lambda value: large[value][name]["value"])
        yield _of_group(attribute, worst, large[worst], name, whole)


def _of_group(attribute: str, value: str, group: Mapping[str, Any], name: str, whole: float) -> Verdict:
    entry = group[name]
    words = f"{attribute} “{value}”: {title(name).lower()} {entry['value']:.2f}{_ends(entry, 2)}, n = {group['n']:,}"
    told = f"{words}; all samples {whole:.2f}."
    if entry["high"] is not None and entry["high"] < whole:
        return Verdict("fails here", "fail", told)
    return Verdict("weakest group", "plain", f"{told} The gap may be chance.")


def cautions(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """What makes the numbers themselves doubtful."""
    if seen := evaluation["seen_in_training"]:
        yield f"{seen:,} test samples have the same bytes as a sample the model was fitted on: the numbers flatter it."
    clusters = evaluation["intervals"].get("num_clusters")
    if clusters is not None and clusters < _FEW_CLUSTERS:
        yield f"Intervals are drawn from {clusters} clusters only: take them as rough."
    for attribute, groups in evaluation["groups"].items():
        small = [value for value, group in groups.items() if group["small"]]
        if small:
            yield f"{attribute}: few test samples in {', '.join(small[:5])}{' and others' if len(small) > 5 else ''}."  # noqa: PLR2004


def _ends(entry: Mapping[str, Any], digits: int = 3) -> str:
    return "" if entry["low"] is None else f" [{entry['low']:.{digits}f}, {entry['high']:.{digits}f}]"


def _share(part: int, whole: int) -> str:
    return "none" if not whole else f"{part / whole:.0%}"
