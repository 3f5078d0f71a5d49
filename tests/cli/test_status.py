"""`dlpipe status` hands its options on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("arguments", "given", "named"),
    (
        (["status"], (None,), {"check": False}),
        (["status", "solar", "--check"], ("solar",), {"check": True}),
    ),
)
def test_options(handed: Callable[..., Any], arguments: list[str], given: tuple[Any, ...], named: dict[str, Any]):
    assert handed("dlpipe.workflow.status", "show_status", arguments) == (given, named)
