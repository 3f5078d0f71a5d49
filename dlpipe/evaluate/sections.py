"""Tables of the report below its first screen: classes, segments, doubt, robustness, foreign samples, the data itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlpipe.evaluate.properties import QUARTERS
from dlpipe.report import title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_OF_SLICES = ("auroc", "recall", "balanced_accuracy", "accuracy", "micro_f1", "subset_accuracy", "macro_f1")
_MOST_OF_SLICES = 3
_MOST_ROWS = 60


@dataclass(frozen=True)
class Table:
    """A table with what a reader must know to read it."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str
    words: int = 1
    """Columns from the left that hold words, the others hold numbers."""


@dataclass(frozen=True)
class Section:
    """A part of the report."""

    anchor: str
    title: str
    lead: str
    tables: Sequence[Table]


def told(entry: Mapping[str, Any], digits: int = 3, value: str = "value") -> str:
    """`0.912 [0.881, 0.938]`, or `undefined`."""
    found = entry[value]
    if found is None:
        return "undefined"
    if isinstance(found, int):
        return f"{found:,}"
    ends = "" if entry["low"] is None else f" [{entry['low']:.{digits}f}, {entry['high']:.{digits}f}]"
    return f"{found:.{digits}f}{ends}"


def sections(found: Mapping[str, Any]) -> list[Section]:
    """Those that this evaluation has something to say in; `found` is `evaluation.json`."""
    makers = (_classes, _segments, _doubt, _robustness, _foreign, _data)
    made = [make(found) for make in makers]
    return [section for section in made if any(table.rows for table in section.tables)]


def _classes(found: Mapping[str, Any]) -> Section:
    per_class = found.get("per_class", {})
    names = ("precision", "recall", "f1")
    rows = [[label, f"{one['n']:,}", *(told(one[name], 2) for name in names)] for label, one in per_class.items()]
    shown = rows[:_MOST_ROWS]
    more = f" The first {_MOST_ROWS} of {len(rows):,}." if len(rows) > _MOST_ROWS else ""
    table = Table(["class", "n", "precision", "recall", "F1"], shown, f"Each class against the rest.{more}")
    return Section(
        "classes", "Classes", "Of what it calls so, how much is so; of what is so, how much it finds.", [table]
    )


def _segments(found: Mapping[str, Any]) -> Section:
    weak = [row for one in found.get("weak_segments", ()) for row in _weak(one)]
    names = [name for name in _OF_SLICES if name in found["metrics"]][:_MOST_OF_SLICES]
    slices = [
        [f"{kind}: {value}", f"{one['n']:,}", *(told(one[name], 2) for name in names)]
        for kind, values in found.get("slices", {}).items()
        for value, one in sorted(values.items(), key=_upwards)
    ]
    lead = (
        "Weak segments are looked for on one half of the test samples and confirmed on the other, so that what is named "
        "here is no accident of many comparisons."
    )
    heads = ["segment", "n", *map(title, names)]
    return Section(
        "segments",
        "Segments",
        lead,
        [
            Table(["measure", "verdict", "segment", "n", "there"], weak, "Weak segments", words=3),
            Table(heads, slices, "All segments, whether weak or not: by what the pictures are like."),
        ],
    )


def _upwards(slice_: tuple[str, Any]) -> tuple[int, str]:
    """Quarters from the lowest to the highest, other slices by name."""
    name = slice_[0]
    return (QUARTERS.index(name) if name in QUARTERS else 0), name


def _weak(one: Mapping[str, Any]) -> Iterator[list[str]]:
    if not one["found"]:
        yield [one["measure"], one["verdict"], one["why"], "", ""]
    for each in one["found"]:
        yield [one["measure"], one["verdict"], each["segment"], f"{each['n']:,}", told(each, 2)]


def _doubt(found: Mapping[str, Any]) -> Section:
    answered = [
        [f"{share} %", told(one["accuracy"])]
        for share, one in sorted(found.get("selective", {}).items(), key=lambda pair: -int(pair[0]))
    ]
    conformal = [
        [name.replace("_", " "), told(one)] for name, one in found.get("conformal", {}).items() if name != "promised"
    ]
    return Section(
        "doubt",
        "When it is not sure",
        "How good it is if it may leave its least sure answers to a person.",
        [
            Table(
                ["of samples answered", "accuracy"],
                answered,
                "The surest answers only; an answer is the likeliest class here, whatever the operating point.",
            ),
            Table(
                ["conformal sets", "value"], conformal, "Sets of labels that hold the right one as often as promised."
            ),
        ],
    )


def _robustness(found: Mapping[str, Any]) -> Section:
    robust = found.get("robustness") or {}
    if not robust:
        return Section("robustness", "Robustness", "", [])
    name = next(iter(robust["clean"]))
    rows = [
        [
            kind.replace("_", " "),
            told({**robust["clean"][name], "low": None}, 2),
            *_strengths(one, name),
            _share(one, name),
        ]
        for kind, one in robust["by_corruption"].items()
    ]
    heads = ["change", "as it is", *map(str, range(1, 6)), "lost on average"]
    lead = f"{title(name)} of {robust['n']:,} test samples that were made worse on purpose, at five strengths."
    return Section("robustness", "Robustness", lead, [Table(heads, rows, "Columns 1 to 5 are strengths.")])


def _strengths(one: Mapping[str, Any], name: str) -> list[str]:
    return [told({**one[f"strength_{level}"][name], "low": None}, 2) for level in range(1, 6)]


def _share(one: Mapping[str, Any], name: str) -> str:
    lost = one["relative_drop"][name]["value"]
    return "undefined" if lost is None else f"{lost:.0%}"


def _foreign(found: Mapping[str, Any]) -> Section:
    sets = (found.get("out_of_distribution") or {}).get("sets", {})
    rows = [
        [name.replace("_", " "), score.replace("_", " "), told(one["auroc"], 2), told(one["fpr_at_95_tpr"], 2)]
        for name, foreign in sets.items()
        for score, one in foreign["scores"].items()
    ]
    copies = [[pair["id"], pair["like"], f"{pair['likeness']:.4f}"] for pair in _copies(found)]
    lead = "Whether the model can tell that a sample is not of the kind it was made for, and what it had seen before."
    heads = ["foreign samples", "told by", "AUROC", "passed as known, if 95 % of the known are"]
    return Section(
        "foreign",
        "Foreign samples, and known ones",
        lead,
        [
            Table(heads, rows, "1 is told apart always, 0.5 never better than by chance.", words=2),
            Table(["test sample", "copy of", "likeness"], copies, "Test samples that are copies of training samples."),
        ],
    )


def _copies(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return (found.get("near_duplicates") or {}).get("pairs", [])


def _data(found: Mapping[str, Any]) -> Section:
    rows = [
        [attribute, value, split, f"{one['n']:,}", "" if one["share"] is None else f"{one['share']:.0%}"]
        for attribute, values in found.get("representation", {}).items()
        for value, splits in values.items()
        for split, one in splits.items()
    ]
    amplified = [
        [attribute, label, told(one, 2)]
        for attribute, labels in found.get("bias_amplification", {}).items()
        for label, one in labels.items()
    ]
    return Section(
        "data",
        "Who is in the data",
        "A group that is thin in training is learned badly, and one that is thin in the test is not measured.",
        [
            Table(["attribute", "group", "split", "n", "share"], rows[:_MOST_ROWS], "Groups by split.", words=3),
            Table(["attribute", "label", "more uneven than the data by"], amplified, "Bias amplification.", words=2),
        ],
    )
