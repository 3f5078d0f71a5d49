"""`dlpipe compare` hands its options on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project


@pytest.mark.parametrize(
    ("arguments", "options"),
    (
        ([], {}),
        (["--markdown"], {"markdown": True}),
        (["--html", "a.html"], {"html": Path("a.html")}),
        (["--plot", "a.svg"], {"plot": Path("a.svg")}),
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
    given = handed("dlpipe.workflow.compare", "compare_models", ["compare", "demo", "demo@champion", *arguments])
    assert given == ((project, "demo", "demo@champion"), {"markdown": False, "html": None, "plot": None, **options})
