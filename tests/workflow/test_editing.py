from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlpipe.core import config
from dlpipe.core.errors import DlpipeError
from dlpipe.workflow.editing import checked, edit_of

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = ["contract:", "  # new", "  classes: [a]"]
CHANGE = {"contract": {"classes": ["a"]}}


def edited(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    document = config.read(path)
    return checked(document, edit_of(document, "clean", "contract", BLOCK), "clean", CHANGE)


@pytest.mark.parametrize(
    ("before", "after"),
    (
        (
            "ingest:   {x:  1}   # kept\nclean:\n  checks:\n    dark: {}   # why\n\n# about label\nlabel: {}\n",
            (
                "ingest:   {x:  1}   # kept\nclean:\n  checks:\n    dark: {}   # why\n"
                "  contract:\n    # new\n    classes: [a]\n\n# about label\nlabel: {}\n"
            ),
        ),
        ("clean: {}  # all\nlabel: {}\n", "clean:  # all\n  contract:\n    # new\n    classes: [a]\nlabel: {}\n"),
        ("clean:\nlabel: {}", "clean:\n  contract:\n    # new\n    classes: [a]\nlabel: {}\n"),
        (
            "clean:\n    contract:\n        # old\n        classes: [b,\n          c]\n    checks: {}\n",
            "clean:\n    contract:\n      # new\n      classes: [a]\n    checks: {}\n",
        ),
    ),
)
def test_nothing_else_changes(tmp_path: Path, before: str, after: str):
    assert edited(tmp_path / "demo.yaml", before) == after


@pytest.mark.parametrize(
    ("text", "problem"),
    (
        ("clean: {checks: {}}\n", "demo.yaml:1: 'clean' stands on one line"),
        ("clean:\n  checks:\n# left\n    dark: {}\n", "nothing can be added to the section 'clean'"),
    ),
)
def test_what_cannot_be_edited_by_lines_is_refused(tmp_path: Path, text: str, problem: str):
    with pytest.raises(DlpipeError, match=problem):
        edited(tmp_path / "demo.yaml", text)
    assert (tmp_path / "demo.yaml").read_text(encoding="utf-8") == text
