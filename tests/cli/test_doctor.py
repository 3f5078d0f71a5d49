"""`dlpipe doctor` hands its options on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("arguments", "given", "named"),
    ((["doctor"], (), {}),),
)
def test_options(handed: Callable[..., Any], arguments: list[str], given: tuple[Any, ...], named: dict[str, Any]):
    assert handed("dlpipe.workflow.doctor", "doctor", arguments) == (given, named)
