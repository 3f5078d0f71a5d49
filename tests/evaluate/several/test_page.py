"""The page of several labels: what it says first, a row a class, nothing that asks the network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dlpipe.evaluate.several.page import how_good
from tests.evaluate.several.planted import CLASSES

if TYPE_CHECKING:
    from pathlib import Path


def test_the_first_sentence_counts_sets_and_labels() -> None:
    answers = {"found": 6, "missed": 2, "false_alarms": 4, "spared": 8}
    found = {"num_samples": 20, "classes": ["a", "b"], "per_class": {"a": {"answers": answers}}}
    said = how_good(found, 5)
    assert "answers 75% without any mistake, over 2 classes" in said
    assert "finds 75% of the labels that they have, and 60% of those it gives are right" in said


def test_the_page_shows_every_class_and_what_is_left_out(of_sets: Path, evaluation_of_sets: dict[str, Any]) -> None:
    page = (of_sets / "report.html").read_text(encoding="utf-8")
    for name in CLASSES:
        assert f"<h3>Reliability: {name}</h3>" in page
    for why in evaluation_of_sets["left_out"].values():
        assert why in page
    assert page.count("<section") == page.count("</section>")
    assert "missed</h3>" in page
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!data:|#)", page)
