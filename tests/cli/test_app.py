"""The first page."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from dlpipe import __version__
from dlpipe.cli.app import app


def test_version():
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"dlpipe {__version__}\n")


def test_no_command_is_the_first_page():
    result = CliRunner().invoke(app, [])
    assert "Commands:" in result.output
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "hint"),
    ((["trian", "solar"], "train"), (["run", "--limt", "3"], "--limit"), (["predict", "solar"], "FILE|FOLDER")),
)
def test_a_typing_mistake_is_exit_2_with_a_hint(arguments: list[str], hint: str):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert hint in result.output
