from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dlpipe.core.errors import DlpipeError
from dlpipe.label.people import Given, read_given
from dlpipe.tasks.classification import Classification
from dlpipe.tasks.multi_label import MultiLabel

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, *lines: dict[str, str]) -> dict[str, Given]:
    path = folder / "labels.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return read_given(path, ["a", "b"], ["defective", "good"], Classification())


def test_the_last_line_of_an_id_wins(tmp_path: Path):
    found = read(tmp_path, {"id": "a", "label": "good", "by": "eva"}, {"id": "a", "label": "defective", "by": "jan"})
    assert found == {"a": Given(id="a", label="defective", by="jan")}


def test_a_sample_that_was_set_aside_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert read(tmp_path, {"id": "c", "label": "good", "by": "eva"}) == {}
    assert "labels.jsonl:1: 'c' is not among the kept samples" in capsys.readouterr().err


def test_a_new_label_is_a_class_and_a_near_twin_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    found = read(tmp_path, {"id": "a", "label": "Defective", "by": "eva"}, {"id": "b", "label": "unsure", "by": "eva"})
    assert [given.label for given in found.values()] == ["Defective", "unsure"]
    said = capsys.readouterr().err
    assert "labels.jsonl:1: 'Defective' becomes a class of its own; did eva mean 'defective'?" in said
    assert "unsure" not in said


def test_an_empty_label_is_refused(tmp_path: Path):
    with pytest.raises(DlpipeError, match=r"labels\.jsonl:1: label: string should have at least 1 character"):
        read(tmp_path, {"id": "a", "label": "", "by": "eva"})


def test_of_several_labels_an_empty_one_is_an_answer_and_each_class_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    lines = [{"id": "a", "label": "", "by": "eva"}, {"id": "b", "label": "good|defectiv", "by": "jan"}]
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    found = read_given(path, ["a", "b"], ["defective", "good"], MultiLabel())
    assert {each: line.label for each, line in found.items()} == {"a": "", "b": "good|defectiv"}
    assert "labels.jsonl:2: 'defectiv' becomes a class of its own" in capsys.readouterr().err


def test_of_one_label_an_empty_one_is_refused(tmp_path: Path):
    with pytest.raises(DlpipeError, match=r"labels\.jsonl:1"):
        read(tmp_path, {"id": "a", "label": "", "by": "eva"})
