"""Fixtures of all checks' tests."""

from __future__ import annotations

import pytest

from dlpipe.core.engine import ENGINE_VARIABLE


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures that a test made need no process of their own, which takes half a second to start."""
    monkeypatch.setenv(ENGINE_VARIABLE, "threads")
