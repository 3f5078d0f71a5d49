from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dlpipe.core import files
from dlpipe.core.execution import execute
from dlpipe.core.project import Project
from dlpipe.core.stage import STAGES, Inputs
from dlpipe.dataset import Dataset
from dlpipe.evaluate import page
from tests.evaluate import measured as drawn
from tests.evaluate.evaluated import NAME, evaluated_project
from tests.evaluate.measured import EFFICIENCY, entry

EVIL = "<img src=x onerror=alert(1)>\"'&\u202e"
_ASKS = re.compile(
    r"""(?:src|href|action|data|poster)\s*=\s*["']?(?!data:|#)[^"' >]+|url\(|@import|<script""", re.IGNORECASE
)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images = 0

    def handle_starttag(self, tag: str, attrs: list[Any]) -> None:
        assert tag not in {"script", "iframe", "object", "embed", "form", "base"}
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)
        self.images += tag == "img"


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    project = evaluated_project(tmp_path / "project", num_samples=24)
    dataset = Dataset.model_validate({"modality": {"name": "image", "size_px": 32}, "task": {"name": "classification"}})
    return Inputs(STAGES["evaluate"], NAME, project, dataset, project.data(NAME) / "raw")


def written(measured: Any, inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of an evaluation whose samples have no files."""
    monkeypatch.setattr(page.gallery, "surest_errors", lambda *_: {})
    monkeypatch.setattr(page.gallery, "least_sure", lambda *_: [])
    files.write_json(tmp_path / "efficiency.json", EFFICIENCY)
    page.write(measured, inputs, tmp_path)
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_one_file_that_asks_nothing_of_anybody(evaluated: Path) -> None:
    text = (evaluated / "report.html").read_text(encoding="utf-8")
    assert not _ASKS.findall(text)
    assert "default-src 'none'" in text
    tags = _Tags()
    tags.feed(text)
    assert tags.images > 0
    assert len(text) < 5_000_000


def test_the_first_screen_says_how_good_and_for_whom(evaluated: Path) -> None:
    text = (evaluated / "report.html").read_text(encoding="utf-8")
    lead = text[: text.index("<main")]
    assert "It is right on" in lead
    assert "For whom does it fail?" in lead


def test_names_are_text_whatever_they_hold(inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {EVIL: {EVIL: {"n": 40, "small": False, "auroc": entry(0.5, 0.4, 0.6), "recall": entry(0.5, 0.4, 0.6)}}}
    gaps = {EVIL: {"equalized_odds": entry(0.1, 0.0, 0.2, n={EVIL: 40})}}
    measured = drawn.evaluated(
        [EVIL, "good"], groups=groups, fairness=gaps, slices=groups, later={EVIL: {"worst": 0.25, "why": EVIL}}
    )
    text = written(measured, inputs, tmp_path, monkeypatch)
    assert "<img" not in text
    assert "\u202e" not in text
    _Tags().feed(text)


def test_a_thousand_classes_and_many_samples_stay_small(
    inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes = [f"class {number}" for number in range(1000)]
    text = written(drawn.evaluated(classes, n=20_000), inputs, tmp_path, monkeypatch)
    assert len(text) < 1_000_000
    assert "over 1000 classes" in text


def test_the_most_frequent_mistakes_come_first() -> None:
    counts = [[5, 2, 0], [0, 5, 3], [1, 0, 5]]
    found = page._mistakes({"classes": ["a", "b", "c"], "confusion": {"counts": counts}})
    assert found == [["b", "c", "3", "38%"], ["a", "b", "2", "29%"], ["c", "a", "1", "17%"]]


def test_numbers_without_a_place_of_their_own_are_listed_by_path(
    inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = drawn.evaluated(["a", "b"], later={"blur": {"auroc": entry(0.61, 0.5, 0.7)}, "worst": 0.25})
    text = written(measured, inputs, tmp_path, monkeypatch)
    assert "later.blur.auroc" in text
    assert "0.610 [0.500, 0.700]" in text
    assert "later.worst" in text


def test_undefined_numbers_are_called_so(inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = entry(None, reason="one class")
    pairs = {"logistic_regression": {"auroc": {"difference": None, "low": None, "high": None, "reason": "one class"}}}
    measured = drawn.evaluated(
        ["a", "b"],
        metrics={"auroc": nothing},
        baselines={"logistic_regression": {"auroc": nothing}},
        paired=pairs,
    )
    text = written(measured, inputs, tmp_path, monkeypatch)
    assert "undefined" in text
    assert "one class" in text


def test_the_same_inputs_give_the_same_bytes(evaluated: Path, tmp_path: Path) -> None:
    project: Project = evaluated_project(tmp_path / "project")
    execute("evaluate", NAME, project)
    again = project.outputs(NAME) / "evaluate" / "report.html"
    assert files.digest(again) == files.digest(evaluated / "report.html")
