"""`dlpipe predict` hands its options on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("arguments", "given", "named"),
    (
        (["predict", "solar", "a.png", "b"], ("solar", [Path("a.png"), Path("b")]), {"as_csv": False}),
        (["predict", "solar", "-", "--csv"], ("solar", [Path("-")]), {"as_csv": True}),
    ),
)
def test_options(handed: Callable[..., Any], arguments: list[str], given: tuple[Any, ...], named: dict[str, Any]):
    assert handed("dlpipe.workflow.predict", "predict", arguments) == (given, named)
