from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.core.say import say
from dlpipe.workflow import compare
from tests.workflow.sides import side

NOBODY = Project(Path("/nowhere"))


def test_the_better_one_is_better_on_the_same_samples() -> None:
    found = compare.compared(side("new", 4.0), side("old", 0.5))
    assert found["reason"] is None
    entry = found["paired"]["metrics"]["accuracy"]
    assert 0 < entry["low"] < entry["difference"] < entry["high"]
    assert found["paired"]["num_samples"] == 200
    assert set(found["paired"]["groups"]["site"]) == {"a", "b"}


def test_other_samples_are_not_compared_in_pairs_and_said_so() -> None:
    found = compare.compared(side("new", 2.0), side("old", 1.0, prefix="x"))
    assert found["paired"] is None
    assert "no test sample" in found["reason"]
    assert found["first"]["metrics"]["auroc"]["value"] == 0.8


def test_a_metric_with_other_settings_is_another_metric() -> None:
    other = {"metric_settings": {"accuracy": {"name": "accuracy"}, "auroc": {"name": "auroc", "bins": 3}}}
    found = compare.compared(side("new", 2.0), side("old", 1.0, **other))
    assert set(found["paired"]["metrics"]) == {"accuracy"}
    none = compare.compared(side("new", 2.0), side("old", 1.0, metric_settings={}))
    assert "measured in the same way" in none["reason"]


def test_only_settings_that_differ_are_told_and_only_of_sections_that_both_know() -> None:
    first = side("a", 1.0, settings={"train.epochs": "4", "train.lr": "1", "dataset.seed": "0"})
    second = side("b", 1.0, settings={"train.epochs": "8", "train.lr": "1", "export.format": "onnx"})
    assert compare.compared(first, second)["settings"] == [
        {"setting": "train.epochs", "first": "4", "second": "8"},
    ]


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "side_of", lambda _, name: side(name, 3.0 if name == "a" else 1.0))


@pytest.mark.usefixtures("two")
def test_json_is_all_of_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(say, "json", True)
    compare.compare_models(NOBODY, "a", "b")
    assert json.loads(capsys.readouterr().out)["paired"]["answers"]["p_value"] <= 1


@pytest.mark.usefixtures("two")
def test_table_markdown_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare.compare_models(NOBODY, "a", "b")
    assert "than b" in capsys.readouterr().out
    compare.compare_models(NOBODY, "a", "b", markdown=True, html=tmp_path / "page.html")
    assert capsys.readouterr().out.startswith("**On 200 samples")
    assert "a beside b" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("two")
def test_what_cannot_be_done_is_said_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DlpipeError, match="is no folder") as refused:
        compare.compare_models(NOBODY, "a", "b", html=tmp_path / "no" / "page.html")
    assert refused.value.exit_code == Exit.INPUT
    monkeypatch.setattr(say, "json", True)
    with pytest.raises(DlpipeError, match="contradict"):
        compare.compare_models(NOBODY, "a", "b", markdown=True)


@pytest.mark.usefixtures("two")
def test_gaps_between_groups_are_compared_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, plot = tmp_path / "x.html", tmp_path / "x.svg"
    compare.compare_models(NOBODY, "a", "b", markdown=True, html=page, plot=plot)
    assert "| gap between site: Equalized odds |" in capsys.readouterr().out
    assert plot.read_bytes().startswith(b"<?xml")
    assert "Overall against even" in page.read_text()
    with pytest.raises(DlpipeError, match=r"ends in \.png or \.svg"):
        compare.compare_models(NOBODY, "a", "b", plot=tmp_path / "x.pdf")
    with pytest.raises(DlpipeError, match="is no folder"):
        compare.compare_models(NOBODY, "a", "b", plot=tmp_path / "none" / "x.png")
