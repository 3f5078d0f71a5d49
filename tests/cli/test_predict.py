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
        (["predict", "solar", "a.png", "b"], ("solar", [Path("a.png"), Path("b")]), {}),
        (["predict", "solar", "-", "--csv"], ("solar", [Path("-")]), {"as_csv": True}),
        (["predict", "solar", "a", "--group", "mono"], ("solar", [Path("a")]), {"group": "mono"}),
        (["predict", "solar", "a", "--groups", "b.csv"], ("solar", [Path("a")]), {"groups": Path("b.csv")}),
    ),
)
def test_options(handed: Callable[..., Any], arguments: list[str], given: tuple[Any, ...], named: dict[str, Any]):
    assert handed("dlpipe.workflow.predict", "predict", arguments) == (
        given,
        {"as_csv": False, "group": None, "groups": None, **named},
    )
