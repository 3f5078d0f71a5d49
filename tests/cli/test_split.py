"""`dlpipe split` runs the stage, or hands its question on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from dlpipe.cli.app import app
from dlpipe.core.errors import DlpipeError
from dlpipe.workflow.verify import Question

if TYPE_CHECKING:
    from collections.abc import Callable

VERIFY = ("dlpipe.workflow.verify", "verify")


def test_options(handed: Callable[..., Any]):
    assert handed(*VERIFY, ["split", "solar", "--verify"]) == (("solar", Question()), {})
    asked = ["--csv", "a.csv", "--group-by", "block", "--group-by", "site", "--time", "taken"]
    expected = Question(None, Path("a.csv"), ("block", "site"), "taken")
    assert handed(*VERIFY, ["split", "solar", "--verify", *asked]) == (("solar", expected), {})


def test_a_question_without_verify_is_refused():
    result = CliRunner().invoke(app, ["split", "solar", "--time", "taken"])
    assert isinstance(result.exception, DlpipeError)
    assert result.exception.problem == "--column, --csv, --group-by and --time belong to --verify"
