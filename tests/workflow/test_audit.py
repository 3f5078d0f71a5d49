"""Any folder can be audited; nothing is written into it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.say import say
from dlpipe.workflow.audit import audit_folder
from tests.clean.audited import BLACK, make_folder
from tests.pages import assert_harmless

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = make_folder(tmp_path / "photos")
    (made / "notes.txt").write_text("no picture")
    return made


def test_a_folder_is_audited_and_left_as_it_was(folder: Path, capsys: pytest.CaptureFixture[str]):
    before = files.listing(folder)
    audit_folder(folder, page_file=folder.parent / "report.html")
    said = capsys.readouterr()
    assert "9 pictures: 6 kept, 3 set aside" in said.out
    assert "not looked at: 1 other ending" in said.out
    assert "have different labels" in said.err
    assert_harmless((folder.parent / "report.html").read_text(encoding="utf-8"))
    assert files.listing(folder) == before


def test_as_json(folder: Path, capsys: pytest.CaptureFixture[str]):
    say.json = True
    audit_folder(folder, checks=["dark"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema_version"] == 1
    assert list(answer["checks"]) == ["dark"]
    assert answer["checks"]["dark"]["worst"][0]["id"] == BLACK
    assert answer["not_looked_at"] == {"other_ending": 1}


def test_more_than_a_limit_allows_is_a_no_after_the_answer(folder: Path, capsys: pytest.CaptureFixture[str]):
    audit_folder(folder, at_most=["dark=0.12", "set_aside=0.4"])
    with pytest.raises(DlpipeError, match=r"dark: 0\.1111 \(1 of 9\), at most 0\.1 is allowed") as caught:
        audit_folder(folder, at_most=["dark=0.1"])
    assert caught.value.exit_code == Exit.NO
    assert "FAIL" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wish", "problem"),
    (
        ({"at_most": ["drak=0.1"]}, r"there is no check 'drak' here; did you mean 'dark'\?"),
        ({"at_most": ["dark"]}, "'' is no number"),
        ({"at_most": ["dark=5"]}, "5 is no share from 0 to 1"),
        ({"at_most": ["dark=nan"]}, "nan is no share"),
        ({"checks": ["blury"]}, r"there is no check 'blury': did you mean 'blurry'\?"),
    ),
)
def test_an_unclear_wish_is_refused(folder: Path, wish: dict[str, Any], problem: str):
    with pytest.raises(DlpipeError, match=problem) as caught:
        audit_folder(folder, **wish)
    assert caught.value.exit_code == Exit.INPUT


def test_the_report_never_lies_in_the_folder(folder: Path):
    for place in (folder / "report.html", folder / "circles" / ".." / "report.html"):
        with pytest.raises(DlpipeError, match="nothing is written there"):
            audit_folder(folder, page_file=place)
    with pytest.raises(DlpipeError, match="its folder is missing"):
        audit_folder(folder, page_file=folder.parent / "no" / "report.html")


def test_no_folder_and_no_pictures(tmp_path: Path):
    with pytest.raises(DlpipeError, match="is no folder"):
        audit_folder(tmp_path / "gone")
    with pytest.raises(DlpipeError, match="holds no picture that can be read"):
        audit_folder(tmp_path)
