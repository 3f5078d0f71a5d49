"""20,000 damaged pictures through what `embed` and `clean` do with a file: what became of them."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.fuzz.pictures import outcomes

MINUTES = 3
NUM_MUTANTS = 20_000


def measure() -> dict[str, Any]:
    """Counts by outcome, the slowest, and files beside those that were put there; an exception ends it."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        raw.mkdir()
        found = outcomes(raw, range(NUM_MUTANTS))
        others = len(list(Path(folder).iterdir())) - 1 + len(list(raw.iterdir())) - NUM_MUTANTS
    return {
        "num_mutants": NUM_MUTANTS,
        "num_with_an_outcome": len(found),
        "outcomes": dict(sorted(Counter(word for word, _ in found).items())),
        "slowest, seconds": round(max(seconds for _, seconds in found), 2),
        "files written elsewhere": others,
    }
