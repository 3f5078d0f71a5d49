"""Help is there for every command, says what to do next, and loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from dlpipe.cli.app import app
from dlpipe.core.stage import STAGES

NAMES = [command.name for command in app.registered_commands]
HEAVY = (
    "albumentations",
    "cv2",
    "dvc",
    "mlflow",
    "numpy",
    "onnxruntime",
    "pandas",
    "polars",
    "pytorch_lightning",
    "ruamel",
    "sklearn",
    "starlette",
    "torch",
    "uvicorn",
)

LOADED = """
import sys
from dlpipe.cli import main
sys.argv = ["dlpipe", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    code = end.code
print("\\nLOADED", code, *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def said(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_commands_have_names_of_their_own():
    assert len(set(NAMES)) == len(NAMES)
    assert set(STAGES) <= set(NAMES)


def test_the_first_page_names_every_command_and_the_first_steps():
    page = said("--help")
    for name in NAMES:
        assert f" {name} " in page
    assert "First steps: `dlpipe init NAME`" in page


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself_and_its_options(name: str):
    page = said(name, "--help")
    assert page.startswith(f"Usage: dlpipe {name} ") or f" {name} [OPTIONS]" in page
    command = next(command for command in app.registered_commands if command.name == name)
    text = command.help or (command.callback.__doc__ if command.callback else None)
    assert text, name
    assert text.split("\n")[0].endswith(".")
    options = page.partition("Options:")[2]
    for option in (word for word in options.split() if word.startswith("--")):
        after = options.partition(option)[2].split()
        assert after, option


@pytest.mark.parametrize("arguments", (["--help"], ["train", "--help"], ["serve", "--help"], ["--version"], []))
def test_help_loads_nothing_heavy(arguments: list[str]):
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.rpartition("LOADED ")[2].split())
    assert not loaded & set(HEAVY)
    assert "pydantic" not in loaded or arguments[0] in NAMES  # Typer itself looks for pydantic's types in a command
