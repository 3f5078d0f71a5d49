"""`dlpipe promote` hands its options on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project

NOTHING = {"version": None, "because": None, "anyway": False}


@pytest.mark.parametrize(
    ("arguments", "options"),
    (
        ([], {}),
        (["--version", "3"], {"version": "3"}),
        (["--anyway", "--because", "no other"], {"anyway": True, "because": "no other"}),
    ),
)
def test_options(
    handed: Callable[..., Any],
    project_factory: Callable[..., Project],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    options: dict[str, Any],
):
    project = project_factory("demo", num_samples=2)
    monkeypatch.chdir(project.root)
    given = handed("dlpipe.workflow.promote", "promote", ["promote", "demo", *arguments])
    assert given == ((project, "demo"), {**NOTHING, **options})
