"""The README's first line, as it stands there: from a fresh clone to the closing summary."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.bench import REPOSITORY, seconds

MINUTES = 10


def measure() -> dict[str, float]:
    """Seconds of the install, of the run with its downloads, and of both. pip's cache is used where there is one."""
    found = re.search(r"<!-- line: run -->\n+```bash\n(.*)\n```", (REPOSITORY / "README.md").read_text("utf-8"))
    if found is None:
        sys.exit("README.md has no block under <!-- line: run -->")
    install, run = found[1].rsplit(" && ", 1)
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        seconds(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], Path(folder))
        installing = seconds(["bash", "-euo", "pipefail", "-c", install], clone)
        running = seconds(["bash", "-euo", "pipefail", "-c", run], clone)
    return {"install": round(installing, 1), "run": round(running, 1), "whole": round(installing + running, 1)}
