"""`dlpipe mitigate` hands its options on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from dlpipe.core.project import Project


def test_options(
    handed: Callable[..., Any], project_factory: Callable[..., Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_factory("demo", num_samples=2)
    monkeypatch.chdir(project.root)
    plain = handed("dlpipe.workflow.mitigate", "mitigate", ["mitigate", "demo", "dro"])
    assert plain == ((project, "demo", "dro", None, None), {})
    more = ["mitigate", "demo", "thresholds", "--by", "site", "--constraint", "none"]
    assert handed("dlpipe.workflow.mitigate", "mitigate", more) == ((project, "demo", "thresholds", "site", "none"), {})
