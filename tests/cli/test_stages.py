"""Every stage is a command that hands its options on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dlpipe.core.stage import STAGES

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("stage", STAGES)
def test_options(handed: Callable[..., Any], stage: str):
    run = ("dlpipe.workflow.single", "run_single")
    assert handed(*run, [stage, "solar"]) == ((stage, "solar"), {"force": False})
    assert handed(*run, [stage, "solar", "-f"]) == ((stage, "solar"), {"force": True})
