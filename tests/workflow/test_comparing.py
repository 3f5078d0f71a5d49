from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from dlpipe.workflow import comparing
from dlpipe.workflow.compare import compared
from tests.workflow.sides import side

EVIL = "<b>|`*[x](y)\u202e"
FOUND = compared(side("new", 4.0, settings={"train.epochs": "4"}), side("old", 0.5, settings={"train.epochs": EVIL}))


@pytest.mark.parametrize(
    ("low", "high", "higher", "word"),
    (
        (0.1, 0.2, True, "better"),
        (0.1, 0.2, False, "worse"),
        (-0.2, -0.1, True, "worse"),
        (-0.2, -0.1, False, "better"),
        (-0.1, 0.1, True, "unclear"),
        (0.0, 0.1, True, "unclear"),
        (None, None, True, "unclear"),
    ),
)
def test_only_what_is_sure_is_better_or_worse(low: Any, high: Any, word: str, *, higher: bool) -> None:
    assert comparing.word({"low": low, "high": high, "higher_is_better": higher}) == word


def test_the_headline_names_what_is_better_and_worse() -> None:
    assert "new is better in Accuracy, AUROC than old" in comparing.headline(FOUND)
    other = compared(side("new", 1.0), side("old", 1.0, prefix="x"))
    assert "can't be compared in pairs" in comparing.headline(other)
    same = compared(side("new", 1.0), side("old", 1.0))
    assert "neither clearly better" in comparing.headline(same)


def test_a_terminal_shows_all_rows() -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(comparing.table(FOUND))
    text = console.export_text()
    for words in ("Accuracy", "site a", "McNemar", "train.epochs", "95% intervals"):
        assert words in text
    assert "\u202e" not in text


def test_markdown_keeps_its_columns_whatever_names_hold() -> None:
    lines = [line for line in comparing.markdown(FOUND).splitlines() if line.startswith("|")]
    assert len(lines) > 8
    for line in lines:
        assert len(re.findall(r"(?<!\\)\|", line)) in {4, 6}
    assert "<b>" not in comparing.markdown(FOUND).replace(r"\<b\>", "")


def test_a_page_holds_names_as_text() -> None:
    text = comparing.page(FOUND)
    assert "<b>" not in text
    assert "train.epochs" in text
    assert "default-src 'none'" in text


def test_without_pairs_each_value_stands_for_itself() -> None:
    found = compared(side("new", 1.0), side("old", 1.0, prefix="x"))
    assert next(iter(comparing.rows(found))) == ("Accuracy", "0.800", "0.800", "", "")
    comparing.page(found)
    comparing.table(found)
    assert "| Accuracy | 0.800 | 0.800 |" in comparing.markdown(found)
