"""`dlpipe list` and `dlpipe show` hand their words on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def test_list(handed: Callable[..., Any]):
    assert handed("dlpipe.workflow.catalog", "list_plugins", ["list"]) == ((None,), {})
    assert handed("dlpipe.workflow.catalog", "list_plugins", ["list", "check"]) == (("check",), {})


def test_show(handed: Callable[..., Any]):
    assert handed("dlpipe.workflow.catalog", "show_plugin", ["show", "check", "blurry"]) == (("check", "blurry"), {})
