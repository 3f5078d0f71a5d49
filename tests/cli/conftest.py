"""Types a command and sees what it hands on, instead of what it would do."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from dlpipe.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Callable

Handed = tuple[tuple[Any, ...], dict[str, Any]]


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Handed]:
    """`handed("dlpipe.workflow.check", "check", ["check", "solar"])` gives what the function was called with."""

    def typed(module: str, function: str, arguments: list[str]) -> Handed:
        calls: list[Handed] = []
        monkeypatch.setattr(
            importlib.import_module(module), function, lambda *given, **named: calls.append((given, named))
        )
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        (call,) = calls
        return call

    return typed
