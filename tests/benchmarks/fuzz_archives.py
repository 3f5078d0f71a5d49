"""1,000 hostile archives and 5,000 broken label tables through `ingest`: what became of them, and what must never happen."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from tests.ingest.fuzzing import fuzz_archives, fuzz_tables, wrong

MINUTES = 6
NUM_ARCHIVES = 1_000
NUM_TABLES = 5_000


def measure() -> dict[str, Any]:
    """Counts; `tracebacks, slow ones, losses, files elsewhere` names each one that there was."""
    with tempfile.TemporaryDirectory() as archives, tempfile.TemporaryDirectory() as tables:
        (Path(archives) / "project").mkdir()
        os.chdir(Path(archives) / "project")
        found = {
            "archives": fuzz_archives(Path(archives), range(NUM_ARCHIVES)),
            "label tables": fuzz_tables(Path(tables), range(NUM_TABLES)),
        }
        os.chdir(Path(__file__).parent)
    bad = [name for counts in found.values() for name in wrong(counts)]
    return {**found, "tracebacks, slow ones, losses, files elsewhere": bad}
