from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlpipe.clean.verdicts import Verdict, read_verdicts
from dlpipe.core.errors import DlpipeError

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, *lines: str) -> dict[str, Verdict]:
    path = folder / "verdicts.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_verdicts(path, ["a.png", "b.png"])


def test_the_last_line_of_an_id_wins(tmp_path: Path):
    found = read(
        tmp_path,
        '{"id": "a.png", "verdict": "drop", "by": "eva", "why": "hand in the picture"}',
        '{"id": "a.png", "verdict": "keep", "by": "jan"}',
    )
    assert found == {"a.png": Verdict(id="a.png", verdict="keep", by="jan")}


def test_an_unknown_id_is_a_warning_with_the_nearest_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert read(tmp_path, '{"id": "a.pgn", "verdict": "drop", "by": "eva"}') == {}
    said = capsys.readouterr().err
    assert "verdicts.jsonl:1: there is no sample 'a.pgn'; did you mean 'a.png'?; the line is ignored" in said


def test_a_verdict_needs_a_person(tmp_path: Path):
    with pytest.raises(DlpipeError, match=r"verdicts\.jsonl:1: 'by' is missing"):
        read(tmp_path, '{"id": "a.png", "verdict": "drop"}')
