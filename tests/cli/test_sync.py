"""`dlpipe sync` hands its options on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project


@pytest.mark.parametrize(("arguments", "everything"), ((["sync"], False), (["sync", "--all"], True)))
def test_options(
    handed: Callable[..., Any],
    project_factory: Callable[..., Project],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    *,
    everything: bool,
):
    project = project_factory("demo", num_samples=2)
    monkeypatch.chdir(project.root)
    assert handed("dlpipe.workflow.sync", "sync", arguments) == ((project,), {"everything": everything})
