"""`dlpipe serve` hands its options on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("arguments", "given", "named"),
    (
        (["serve", "solar"], ("solar",), {"host": "127.0.0.1", "port": 8000, "allow_hosts": (), "demand_token": False}),
        (
            ["serve", "solar", "--host", "::", "--port", "0", "--allow-host", "a", "--allow-host", "b", "--token"],
            ("solar",),
            {"host": "::", "port": 0, "allow_hosts": ["a", "b"], "demand_token": True},
        ),
    ),
)
def test_options(handed: Callable[..., Any], arguments: list[str], given: tuple[Any, ...], named: dict[str, Any]):
    assert handed("dlpipe.serve.server", "serve", arguments) == (given, named)
