"""The output sink: what goes where, how much, and that no text can command the terminal."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from dlpipe.core.say import Level, Say, printable


@pytest.fixture
def voice() -> Say:
    return Say()


@pytest.mark.parametrize(
    ("text", "shown"),
    (
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\rb", "a\\x0db"),
        ("a\tb", "a b"),
        ("a\nb", "a\nb"),
        ("\x9b1m", "\\x9b1m"),
        ("evil\u202etxt", "evil\\u202etxt"),
        ("caf\u00e9", "caf\u00e9"),
        ("\udcff", "\\udcff"),
        ("\ud800", "\\ud800"),
    ),
)
def test_control_characters_are_shown_instead_of_obeyed(text: str, shown: str):
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_whatever_the_text_it_can_be_printed(text: str):
    shown = printable(text)
    shown.encode()
    assert not any(ord(letter) < 32 and letter != "\n" for letter in shown)
    assert "\x7f" not in shown
    assert "\u202e" not in shown


def test_what_is_said_on_the_way_goes_to_stderr(voice: Say, capsys: pytest.CaptureFixture[str]):
    voice.note("working")
    out, err = capsys.readouterr()
    assert (out, err) == ("", "working\n")


@pytest.mark.parametrize(
    ("level", "said"),
    (
        (Level.QUIET, "warning: w\n"),
        (Level.NORMAL, "n\nwarning: w\n"),
        (Level.VERBOSE, "n\nd\nwarning: w\n"),
    ),
)
def test_levels(level: Level, said: str, voice: Say, capsys: pytest.CaptureFixture[str]):
    voice.level = level
    voice.note("n")
    voice.detail("d")
    voice.warn("w")
    assert capsys.readouterr().err == said


def test_with_json_stdout_holds_json_and_nothing_else(voice: Say, capsys: pytest.CaptureFixture[str]):
    voice.json = True
    voice.note("working")
    voice.warn("look")
    answer = {"file": "\udcff caf\u00e9", "count": 3, "none": None}
    voice.result(answer, Table())
    assert json.loads(capsys.readouterr().out) == answer


def test_json_has_no_nan(voice: Say):
    voice.json = True
    with pytest.raises(ValueError, match="not JSON compliant"):
        voice.result({"value": float("nan")})


def test_a_result_for_people_is_keys_and_values(voice: Say, capsys: pytest.CaptureFixture[str]):
    voice.result({"kept": 3, "splits": {"train": 2, "\x1b": 1}})
    assert capsys.readouterr().out == "kept: 3\nsplits:\n  train: 2\n  \\x1b: 1\n"


def test_a_result_is_shown_as_given(voice: Say, capsys: pytest.CaptureFixture[str]):
    table = Table("name")
    table.add_row("blurry")
    voice.result({"name": "blurry"}, table)
    assert "blurry" in capsys.readouterr().out


def test_markup_in_a_text_is_no_markup(voice: Say, capsys: pytest.CaptureFixture[str]):
    voice.note("[red]x[/red] [/]")
    assert capsys.readouterr().err == "[red]x[/red] [/]\n"


def test_long_lines_are_not_broken(voice: Say, capsys: pytest.CaptureFixture[str]):
    voice.problem("p" * 500, "f" * 500)
    assert capsys.readouterr().err == f"error: {'p' * 500}\nfix: {'f' * 500}\n"


def test_no_colour_where_there_is_no_terminal(voice: Say, capsys: pytest.CaptureFixture[str]):
    voice.warn("careful")
    assert "\x1b" not in capsys.readouterr().err


def test_other_ranks_are_silent_but_for_problems(
    voice: Say, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RANK", "1")
    voice.note("n")
    voice.warn("w")
    voice.show(Table("t"))
    voice.result({"a": 1})
    voice.problem("p", "f")
    assert capsys.readouterr() == ("", "error: p\nfix: f\n")


def test_an_ascii_terminal_stops_nothing(voice: Say, monkeypatch: pytest.MonkeyPatch):
    held = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(held, encoding="ascii", write_through=True))
    voice.result({"caf\u00e9": "\u2026"})
    assert held.getvalue() == b"caf\\xe9: \\u2026\n"


def test_track_passes_items_on_and_tells_the_count(voice: Say, capsys: pytest.CaptureFixture[str]):
    voice.level = Level.VERBOSE
    assert list(voice.track([1, 2, 3], "looking")) == [1, 2, 3]
    assert capsys.readouterr().err == "looking: 3\n"


def test_track_is_silent_when_quiet(voice: Say, capsys: pytest.CaptureFixture[str]):
    voice.level = Level.QUIET
    assert list(voice.track(iter("ab"), "looking")) == ["a", "b"]
    assert capsys.readouterr().err == ""


def test_show_is_for_people_on_the_way(voice: Say, capsys: pytest.CaptureFixture[str]):
    voice.show("table")
    voice.level = Level.QUIET
    voice.show("more")
    assert capsys.readouterr() == ("", "table\n")
