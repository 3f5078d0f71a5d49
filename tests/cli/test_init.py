"""`dlpipe init` hands its options on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("arguments", "given", "named"),
    (
        (["init", "solar"], ("solar",), {"folder": None, "root": None}),
        (["init", "a", "--project", "x", "--root", "y"], ("a",), {"folder": Path("x"), "root": "y"}),
    ),
)
def test_options(handed: Callable[..., Any], arguments: list[str], given: tuple[Any, ...], named: dict[str, Any]):
    assert handed("dlpipe.workflow.init", "init", arguments) == (given, named)
