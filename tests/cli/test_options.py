"""What is said, how loudly, and in which form: the same for every command and for the stages it starts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.cli.options import VOICE_VARIABLE, listen
from dlpipe.core.say import Level, say

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _voice(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VOICE_VARIABLE, "")


@pytest.mark.parametrize(
    ("option", "level"),
    (("--quiet", Level.QUIET), ("-q", Level.QUIET), ("--verbose", Level.VERBOSE), ("-v", Level.VERBOSE)),
)
def test_the_voice_reaches_the_stages_that_are_started(handed: Callable[..., Any], option: str, level: Level):
    handed("dlpipe.workflow.single", "run_single", ["train", "solar", option])
    assert say.level == level
    say.level = Level.NORMAL
    listen()
    assert say.level == level
    assert os.environ[VOICE_VARIABLE] == str(int(level))


def test_json(handed: Callable[..., Any]):
    handed("dlpipe.workflow.check", "check", ["check", "--json"])
    assert say.json


@pytest.mark.parametrize("held", ("", "3", "-1", "loud"))
def test_an_odd_voice_is_not_heard(monkeypatch: pytest.MonkeyPatch, held: str):
    monkeypatch.setenv(VOICE_VARIABLE, held)
    listen()
    assert say.level == Level.NORMAL
