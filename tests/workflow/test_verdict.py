"""What a person says of samples is added to what was said, whole, and taken back the same way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from dlpipe.clean.verdicts import Verdict, read_verdicts
from dlpipe.core.errors import DlpipeError
from dlpipe.workflow.verdict import give_verdict
from tests.published import publish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlpipe.core.project import Project

IDS = ["circles/0.png", "circles/1.png", "it's \u00fc\n.png"]


@pytest.fixture
def project(project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_factory(num_samples=0)
    publish(made, "ingest", samples=pl.DataFrame({"id": IDS}))
    monkeypatch.chdir(made.root)
    return made


def file(project: Project) -> Path:
    return project.data("demo") / "annotations" / "verdicts.jsonl"


def in_force(project: Project) -> dict[str, str]:
    return {sample: verdict.verdict for sample, verdict in read_verdicts(file(project), IDS).items()}


def test_a_verdict_is_a_line_with_who_and_why(project: Project, capsys: pytest.CaptureFixture[str]):
    give_verdict("keep", "demo", [IDS[0], IDS[2], IDS[0]], why="sharp enough", by="ann")
    lines = [json.loads(line) for line in file(project).read_text(encoding="utf-8").splitlines()]
    assert lines == [{"id": each, "verdict": "keep", "by": "ann", "why": "sharp enough"} for each in (IDS[0], IDS[2])]
    assert "next: dlpipe run demo" in capsys.readouterr().out


def test_the_last_verdict_counts_and_undo_leaves_none(project: Project):
    give_verdict("keep", "demo", IDS[:2], by="ann")
    give_verdict("drop", "demo", IDS[:1], by="bob")
    assert in_force(project) == {IDS[0]: "drop", IDS[1]: "keep"}
    give_verdict("drop", "demo", IDS[:1], by="ann", undo=True)
    assert in_force(project) == {IDS[1]: "keep"}
    assert len(file(project).read_bytes().splitlines()) == 4


def test_a_last_line_without_its_end_stays_a_line_of_its_own(project: Project):
    file(project).write_text('{"id": "circles/0.png", "verdict": "drop", "by": "eva"}', encoding="utf-8")
    give_verdict("keep", "demo", IDS[1:2], by="ann")
    assert in_force(project) == {IDS[0]: "drop", IDS[1]: "keep"}


@pytest.mark.parametrize(
    ("wish", "problem"),
    (
        ({"ids": ["circles/0.pgn", IDS[1]]}, r"no sample 'circles/0\.pgn'; did you mean 'circles/0\.png'\?"),
        ({"ids": IDS[:1], "undo": True}, r"no verdict keep on 'circles/0\.png' to take back: nobody gave one"),
        ({"ids": IDS[1:2], "undo": True}, r"to take back: its verdict is drop"),
    ),
)
def test_nothing_is_written_where_one_of_them_is_wrong(project: Project, wish: dict[str, Any], problem: str):
    file(project).write_text('{"id": "circles/1.png", "verdict": "drop", "by": "eva"}\n', encoding="utf-8")
    before = file(project).read_bytes()
    with pytest.raises(DlpipeError, match=problem):
        give_verdict("keep", "demo", by="ann", **wish)
    assert file(project).read_bytes() == before


def test_who_says_so_is_gits_user_or_must_be_said(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    with pytest.raises(DlpipeError, match=r"git has no user\.name"):
        give_verdict("keep", "demo", IDS[:1])
    (tmp_path / "config").write_text("[user]\n    name = Ada\n")
    give_verdict("keep", "demo", IDS[:1])
    assert read_verdicts(file(project), IDS)[IDS[0]] == Verdict(id=IDS[0], verdict="keep", by="Ada")


def test_keeping_what_cannot_be_decoded_is_said_to_be_in_vain(project: Project, capsys: pytest.CaptureFixture[str]):
    table = pl.DataFrame({"id": IDS[:2], "reasons": ["truncated: x", "dark"], "by": ["unreadable", "dark"]})
    publish(project, "clean", set_aside=table)
    give_verdict("keep", "demo", IDS[:2], by="ann")
    said = capsys.readouterr().err
    assert f"'{IDS[0]}' stays set aside all the same, for it cannot be decoded (truncated: x)" in said
    assert IDS[1] not in said
