"""The page shows what the report says, and nothing that a file's name says can do anything."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from dlpipe.clean import report_page
from dlpipe.clean.limits import Limit
from dlpipe.clean.report import report
from dlpipe.clean.report_page import page
from tests.clean.audited import BLACK, COPY, CUT, audited, make_folder
from tests.clean.evidence import scene
from tests.pages import assert_harmless, opened

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.clean.audit import Audit

CHECKS: dict[str, dict[str, Any]] = {"dark": {}, "bright": {}, "exact_duplicate": {}, "odd_size": {}}
HOSTILE_CLASS = "<img src=x onerror=alert(1)>\"'"
HOSTILE_NAME = "\u202egnp.\n<script>alert(2)<\\x>{{ 7*7 }} $(reboot) '; x.png"


def made(seen: Audit, pipeline: str | None = "demo", **limits: float) -> str:
    answer = report(seen, {name: Limit(at_most=share) for name, share in limits.items()})
    return page(answer, seen.subject, pipeline)


def test_the_first_screen_says_what_became_of_what_came_in(tmp_path: Path):
    text = assert_harmless(made(audited(make_folder(tmp_path), **CHECKS), dark=0.01, unreadable=1)).text
    first = text.partition("What was looked for")[0]
    assert "9 pictures came in: 6 kept, 3 set aside. 1 of 2 limits not kept" in first
    for words in ("dark: 1 (11.1 %)", "exact_duplicate: 1", "unreadable: 1", "have different labels"):
        assert words in first


def test_every_finding_is_there_with_its_picture_and_how_to_overrule_it(tmp_path: Path):
    found = assert_harmless(made(audited(make_folder(tmp_path), **CHECKS)))
    for sample in (BLACK, COPY, CUT, "circles/0.png"):
        assert sample in found.text
    assert f"dlpipe keep demo {BLACK} --why" in found.text
    shown = {each["alt"]: each["src"] for tag, each in found.tags if tag == "img"}
    assert {BLACK, COPY, "circles/0.png"} <= set(shown)
    content = base64.b64decode((shown[BLACK] or "").partition(",")[2])
    assert Image.open(io.BytesIO(content)).getextrema() == ((0, 0), (0, 0), (0, 0))


def test_without_a_pipeline_no_verdict_can_be_given(tmp_path: Path):
    text = assert_harmless(made(audited(make_folder(tmp_path), **CHECKS), None)).text
    assert "dlpipe keep" not in text
    assert "dlpipe init NAME --root FOLDER" in text


def hostile(raw: Path) -> Audit:
    folder = make_folder(raw) / HOSTILE_CLASS
    folder.mkdir()
    Image.new("RGB", (96, 96)).save(folder / HOSTILE_NAME, format="PNG")
    (folder / f"cut {HOSTILE_NAME}").write_bytes(b"<script>alert(3)</script>")
    Image.fromarray(scene(9, 96)).save(folder / "good.png")
    why = {"id": f"{HOSTILE_CLASS}/good.png", "verdict": "drop", "why": "</td><script>alert(4)</script>"}
    return audited(raw, why, **CHECKS)


def test_hostile_names_labels_and_reasons_stay_text(tmp_path: Path):
    found = assert_harmless(made(hostile(tmp_path)))
    assert not [tag for tag, _ in found.tags if tag == "script"]
    assert "onerror=alert(1)>\"'/\\u202egnp.⏎<script>alert(2)" in found.text
    assert "</td><script>alert(4)</script>" in found.text


def test_a_browser_shows_it_without_a_complaint(tmp_path: Path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "page.html").write_text(made(hostile(tmp_path / "raw")), encoding="utf-8")
    assert "Audit of demo" in opened(tmp_path / "page.html", tmp_path)


def test_the_same_audit_gives_the_same_bytes(tmp_path: Path):
    raw = make_folder(tmp_path)
    assert made(audited(raw, **CHECKS)) == made(audited(raw, **CHECKS))


def test_thumbnails_that_find_no_room_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(report_page, "_MOST_CHARACTERS", 3000)
    found = assert_harmless(made(audited(make_folder(tmp_path), **CHECKS)))
    assert "no picture" in found.text
    assert sum(len(each["src"] or "") for tag, each in found.tags if tag == "img") <= 3000


def test_what_concerns_the_set_has_a_section_and_no_thumbnails(tmp_path: Path):
    found = assert_harmless(made(audited(make_folder(tmp_path), rare_class={"fewest": 5}, imbalance={})))
    section = found.text.partition("The set as a whole")[2].partition("unreadable")[0]
    assert "class 'stripes' has 4 samples, fewer than 5" in section
    assert "below its threshold" in section
    assert "losses" in section
    assert not [tag for tag, each in found.tags if each.get("id") == "check-rare_class"]
