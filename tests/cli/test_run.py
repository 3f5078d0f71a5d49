"""`dlpipe run` hands its options on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project


@pytest.mark.parametrize(
    ("arguments", "name", "named"),
    (
        (["run"], None, {"limit": None, "force": False}),
        (["run", "demo", "--limit", "20", "-f"], "demo", {"limit": 20, "force": True}),
    ),
)
def test_options(
    handed: Callable[..., Any],
    project_factory: Callable[..., Project],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    name: str | None,
    named: dict[str, Any],
):
    project = project_factory("demo", num_samples=2)
    monkeypatch.chdir(project.root)
    assert handed("dlpipe.workflow.run", "run_pipeline", arguments) == ((project, name), named)
