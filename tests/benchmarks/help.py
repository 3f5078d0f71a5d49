"""How long `dlpipe --help` takes, beside a Python that does nothing and one that imports Typer."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.benchmarks.bench import DLPIPE, median_seconds


def measure() -> dict[str, float]:
    """Median seconds of 15 runs."""
    here = Path.cwd()
    bare = median_seconds([sys.executable, "-c", "pass"], here, 15)
    typer = median_seconds([sys.executable, "-c", "import typer"], here, 15)
    script = str(Path(sys.executable).with_name("dlpipe"))
    return {
        "python -c pass": bare,
        "python -c 'import typer'": typer,
        "dlpipe --help": median_seconds([script, "--help"], here, 15),
        "python -m dlpipe train --help": median_seconds([*DLPIPE, "train", "--help"], here, 15),
    }
