"""Files in, a row a file out, whatever lies among them."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.decision import GroupRules, Rule
from dlpipe.predictor import Answer, Predictor, Refused
from dlpipe.workflow.predict import predict

if TYPE_CHECKING:
    from collections.abc import Sequence

CLASSES = ["=cmd", "ok"]


class FakePredictor:
    digest = "cd" * 32
    classes = CLASSES
    modality = SimpleNamespace(suffixes=(".png", ".jpg"), noun="picture")
    group_rules: GroupRules | None = None

    def predict(self, contents: Sequence[bytes], groups: Sequence[str] | None = None) -> list[Answer | Refused]:
        answers = [self._one(content) for content in contents]
        if groups is None:
            return answers
        return [
            replace(answer, group=group) if isinstance(answer, Answer) else answer
            for answer, group in zip(answers, groups, strict=True)
        ]

    def _one(self, content: bytes) -> Answer | Refused:
        if not content.startswith(b"P"):
            return Refused("truncated", "it ends [red]too[/red] early")
        share = len(content) / 10
        return Answer("=cmd" if share > 0.5 else "ok", max(share, 1 - share), {"=cmd": share, "ok": 1 - share})


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Predictor, "of", classmethod(lambda cls, name, project=None: FakePredictor()))


def given(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def answer(capsys: pytest.CaptureFixture[str], *places: Path) -> Any:
    say.json = True
    predict("demo", places)
    return json.loads(capsys.readouterr().out)


def test_json_holds_every_file_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    given(tmp_path, a_png=b"P" * 8, b_jpg=b"P", bad_png=b"x", notes_txt=b"P", sub__c_PNG=b"PPP", sub___d_png=b"P")
    rows = answer(capsys, tmp_path)
    assert [Path(row["path"]).name for row in rows] == ["a.png", "b.jpg", "bad.png", "c.PNG"]
    assert rows[0]["label"] == "=cmd"
    assert rows[0]["probabilities"] == {"=cmd": 0.8, "ok": pytest.approx(0.2)}
    assert rows[2] == {
        "path": str(tmp_path / "bad.png"),
        "label": None,
        "probability": None,
        "probabilities": None,
        "reason": "truncated",
        "detail": "it ends [red]too[/red] early",
    }
    assert {frozenset(row) for row in rows} == {frozenset(rows[2])}


def test_files_are_taken_as_given_whatever_their_ending(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    given(tmp_path, scan_dcm=b"PP", empty_png=b"")
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    rows = answer(capsys, *(tmp_path / name for name in ("scan.dcm", "empty.png", "gone.png", "pipe.png")))
    assert {Path(row["path"]).name: row["reason"] for row in rows} == {
        "scan.dcm": None,
        "empty.png": "truncated",
        "gone.png": "missing",
        "pipe.png": "no_file",
    }


def test_a_name_that_is_no_utf8_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    odd = os.fsencode(tmp_path) + b"/\xff.png"
    Path(os.fsdecode(odd)).write_bytes(b"P")
    assert answer(capsys, tmp_path)[0]["path"].endswith("\\xff.png")


def test_csv_is_safe_to_open_in_a_spreadsheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(given(tmp_path))
    Path("=HYPERLINK(1).png").write_bytes(b"P" * 9)
    Path("a,b.png").write_bytes(b"x")
    predict("demo", [Path("=HYPERLINK(1).png"), Path("a,b.png")], as_csv=True)
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows == [
        ["path", "label", "probability", "p.=cmd", "p.ok", "reason"],
        ["'=HYPERLINK(1).png", "'=cmd", "0.900000", "0.900000", "0.100000", ""],
        ["a,b.png", "", "", "", "", "truncated"],
    ]


def test_table_shows_refused_files_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(given(tmp_path, a_png=b"P", b_png=b"x"))
    Path("[bold]c.png").write_bytes(b"PPPPPPPP")
    predict("demo", [Path()])
    said = capsys.readouterr().out
    assert "[bold]c.png" in said
    assert "truncated: it ends [red]too[/red] early" in said
    assert "0.900" in said


def test_nothing_readable_is_exit_2_after_the_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    given(tmp_path, a_png=b"x", b_png=b"y")
    with pytest.raises(DlpipeError, match="none of 2 file") as caught:
        predict("demo", [tmp_path])
    assert caught.value.exit_code == Exit.INPUT
    assert "truncated" in capsys.readouterr().out


def test_an_empty_folder_says_what_it_looked_for(tmp_path: Path):
    with pytest.raises(DlpipeError, match="no picture in there") as caught:
        predict("demo", [tmp_path])
    assert ".png" in caught.value.fix


def test_json_and_csv_exclude_one_another(tmp_path: Path):
    say.json = True
    with pytest.raises(DlpipeError, match="contradict"):
        predict("demo", [tmp_path], as_csv=True)


def test_many_files_keep_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for number in range(150):
        (tmp_path / f"{number:03}.png").write_bytes(b"P" * (number % 9 + 1))
    rows = answer(capsys, tmp_path)
    assert [Path(row["path"]).stem for row in rows] == [f"{number:03}" for number in range(150)]
    assert all(row["probabilities"]["=cmd"] == (number % 9 + 1) / 10 for number, row in enumerate(rows))


def test_a_model_that_decides_by_group_is_not_asked_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    rule = Rule((0.5, 0.5), 1.0, 0.0, 0.0)
    monkeypatch.setattr(FakePredictor, "group_rules", GroupRules("kind", {"mono": rule, "poly": rule}))
    given(tmp_path, a_png=b"P" * 8, bad_png=b"x", c_png=b"PP")
    with pytest.raises(DlpipeError, match=r"decides by 'kind': say which of 'mono', 'poly' each file is of") as caught:
        predict("demo", [tmp_path])
    assert caught.value.exit_code == Exit.INPUT
    say.json = True
    predict("demo", [tmp_path], group="poly")
    rows = json.loads(capsys.readouterr().out)
    assert [row["group"] for row in rows if row["label"]] == ["poly", "poly"]
    table = tmp_path / "kinds.csv"
    table.write_text("path,kind\na.png,mono\nbad.png,poly\nc.png,poly\n")
    predict("demo", [tmp_path], groups=table)
    rows = json.loads(capsys.readouterr().out)
    assert [row.get("group") for row in rows] == ["mono", None, "poly"]
