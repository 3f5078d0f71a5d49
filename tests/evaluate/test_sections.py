from __future__ import annotations

from typing import Any

import pytest

from dlpipe.evaluate.sections import Section, sections, told
from tests.evaluate.measured import entry

METRICS = {"auroc": entry(0.9), "recall": entry(0.8)}


def of(**parts: Any) -> dict[str, Section]:
    return {section.anchor: section for section in sections({"metrics": METRICS, **parts})}


def rows(section: Section, table: int = 0) -> list[list[str]]:
    return [list(row) for row in section.tables[table].rows]


def test_an_evaluation_without_these_parts_has_no_sections() -> None:
    assert of() == {}
    assert of(robustness={}, out_of_distribution={}, conformal={}, slices={}) == {}


@pytest.mark.parametrize(
    ("one", "words"),
    (
        (entry(0.5), "0.500"),
        (entry(0.5, 0.25, 0.75), "0.500 [0.250, 0.750]"),
        (entry(None), "undefined"),
        (entry(1234), "1,234"),
    ),
)
def test_numbers_are_told_with_their_ends(one: dict[str, Any], words: str) -> None:
    assert told(one) == words


def test_classes_beyond_the_sixtieth_are_counted() -> None:
    many = {
        f"c{number}": {"n": 1000, **dict.fromkeys(("precision", "recall", "f1"), entry(0.5))} for number in range(61)
    }
    section = of(per_class=many)["classes"]
    assert rows(section)[0] == ["c0", "1,000", "0.50", "0.50", "0.50"]
    assert len(rows(section)) == 60
    assert "The first 60 of 61" in section.tables[0].caption
    assert "first" not in of(per_class={"a": many["c0"]})["classes"].tables[0].caption


def test_weak_segments_say_their_verdict_even_if_there_are_none() -> None:
    none = {
        "measure": "accuracy",
        "verdict": "not enough data",
        "why": "12 independent units, 20 are needed",
        "found": [],
    }
    found = {"segment": "dark pictures", "n": 84, **entry(0.41, 0.3, 0.52)}
    some = {"measure": "recall", "verdict": "weak segments found", "why": "…", "found": [found]}
    assert rows(of(weak_segments=[none, some])["segments"]) == [
        ["accuracy", "not enough data", "12 independent units, 20 are needed", "", ""],
        ["recall", "weak segments found", "dark pictures", "84", "0.41 [0.30, 0.52]"],
    ]


def test_slices_show_the_main_metrics() -> None:
    section = of(slices={"brightness": {"lowest quarter": {"n": 25, **METRICS}}})["segments"]
    assert section.tables[1].heads == ["segment", "n", "AUROC", "Recall"]
    assert rows(section, 1) == [["brightness: lowest quarter", "25", "0.90", "0.80"]]


def test_quarters_go_from_the_lowest_to_the_highest() -> None:
    one = {"n": 10, **METRICS}
    names = ("highest quarter", "lowest quarter", "second quarter", "third quarter")
    found = of(slices={"brightness": dict.fromkeys(names, one), "site": {"b": one, "a": one}})["segments"]
    assert [row[0] for row in rows(found, 1)] == [
        *(f"brightness: {which} quarter" for which in ("lowest", "second", "third", "highest")),
        "site: a",
        "site: b",
    ]


def test_the_surest_answers_go_from_all_to_few() -> None:
    section = of(selective={"50": {"accuracy": entry(1.0)}, "100": {"accuracy": entry(0.9)}})["doubt"]
    assert rows(section) == [["100 %", "0.900"], ["50 %", "1.000"]]
    assert rows(of(conformal={"promised": 0.9, "set_size": entry(1.2)})["doubt"], 1) == [["set size", "1.200"]]


def test_robustness_goes_from_clean_to_the_strongest() -> None:
    strengths = {f"strength_{level}": {"auroc": entry(0.9 - level / 10)} for level in range(1, 6)}
    blur = {**strengths, "relative_drop": {"auroc": entry(0.25)}}
    unknown = {**strengths, "relative_drop": {"auroc": entry(None)}}
    found = {"n": 150, "clean": {"auroc": entry(0.9)}, "by_corruption": {"blur": blur, "fog": unknown}}
    section = of(robustness=found)["robustness"]
    assert rows(section) == [
        ["blur", "0.90", "0.80", "0.70", "0.60", "0.50", "0.40", "25%"],
        ["fog", "0.90", "0.80", "0.70", "0.60", "0.50", "0.40", "undefined"],
    ]
    assert "150 test samples" in section.lead


def test_foreign_samples_and_copies() -> None:
    scores = {"energy": {"auroc": entry(0.7), "fpr_at_95_tpr": entry(0.4)}}
    pair = {"id": "a.png", "like": "b.png", "likeness": 0.99962}
    section = of(out_of_distribution={"sets": {"made_up": {"scores": scores}}}, near_duplicates={"pairs": [pair]})[
        "foreign"
    ]
    assert rows(section) == [["made up", "energy", "0.70", "0.40"]]
    assert rows(section, 1) == [["a.png", "b.png", "0.9996"]]


def test_who_is_in_the_data() -> None:
    splits = {"train": {"n": 1200, "share": 0.25}, "test": {"n": 0, "share": None}}
    amplified = {"site": {"broken": entry(0.1)}}
    section = of(representation={"site": {"north": splits}}, bias_amplification=amplified)["data"]
    assert rows(section) == [["site", "north", "train", "1,200", "25%"], ["site", "north", "test", "0", ""]]
    assert rows(section, 1) == [["site", "broken", "0.10"]]
