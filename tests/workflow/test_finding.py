"""Whatever is not well comes with what mends it."""

from __future__ import annotations

from typing import Literal

import pytest

from dlpipe.workflow.finding import Finding


@pytest.mark.parametrize("state", ("weak", "missing"))
def test_no_complaint_without_a_fix(state: Literal["weak", "missing"]):
    with pytest.raises(ValueError, match="disk is"):
        Finding("disk", state, "little space")
    assert Finding("disk", state, "little space", "free some").fix == "free some"


def test_what_is_well_needs_none():
    assert Finding("disk", "ok", "9 GB").fix == ""
