"""`dlpipe check` hands its options on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("arguments", "given", "named"),
    (
        (["check"], (None,), {}),
        (["check", "solar"], ("solar",), {}),
    ),
)
def test_options(handed: Callable[..., Any], arguments: list[str], given: tuple[Any, ...], named: dict[str, Any]):
    assert handed("dlpipe.workflow.check", "check", arguments) == (given, named)
