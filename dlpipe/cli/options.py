"""Arguments and options that commands share."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from dlpipe.core.say import Level, say

VOICE_VARIABLE = "DLPIPE_SAY"
"""Carries `--quiet` and `--verbose` to the stages that DVC starts."""


def _json(value: bool) -> None:
    say.json = say.json or value


def _quiet(value: bool) -> None:
    if value:
        _speak(Level.QUIET)


def _verbose(value: bool) -> None:
    if value:
        _speak(Level.VERBOSE)


def _speak(level: Level) -> None:
    say.level = level
    os.environ[VOICE_VARIABLE] = str(int(level))


def listen() -> None:
    """Takes over the voice of the command that started this one."""
    value = os.environ.get(VOICE_VARIABLE, "")
    if value in {"0", "1", "2"}:
        say.level = Level(int(value))


Pipeline = Annotated[str, typer.Argument(help="Name of the pipeline: pipelines/NAME.yaml.", metavar="NAME")]
Json = Annotated[
    bool, typer.Option("--json", help="Print the answer as JSON, and nothing else, on stdout.", callback=_json)
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only warnings and errors.", callback=_quiet)]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more.", callback=_verbose)]
