"""Checks that only repeat what a file says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlpipe.clean.checks import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.clean.checks import Seen


def told(seen: Seen, facts: list[str], reason: Callable[..., str]) -> Finding:
    """Score 1 for samples to which `reason`, asked with these facts, gives words; 0 for the others."""
    rows: list[tuple[Any, ...]] = seen.facts.select(facts).rows() if seen.samples.height else []
    reasons = [reason(*row) for row in rows]
    return Finding(np.array([float(bool(words)) for words in reasons]), reasons)
