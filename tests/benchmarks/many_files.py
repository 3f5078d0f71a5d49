"""100,000 files in raw/: what DVC's tracking of them costs when nothing, and when one file, has changed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.bench import DLPIPE, DVC, seconds

MINUTES = 10
NUM_FILES = 100_000


def measure() -> dict[str, float]:
    """Seconds, once each; only `ingest` is run, for only it depends on raw/."""
    import numpy as np
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        seconds([*DLPIPE, "init", "many"], project)
        raw = project / "data/many/raw"
        picture = project / "one.png"
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(picture)
        content = picture.read_bytes()
        for number in range(NUM_FILES):
            place = raw / ("even", "odd")[number % 2] / f"{number // 1000:03d}"
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{number:06d}.png").write_bytes(content + number.to_bytes(4, "big"))
        first = seconds([*DVC, "repro", "ingest@many"], project)
        nothing = seconds([*DVC, "repro", "ingest@many"], project)
        (raw / "even" / "new.png").write_bytes(content)
        return {
            "num_files": NUM_FILES,
            "first ingest": round(first, 1),
            "nothing changed": round(nothing, 1),
            "one new file": round(seconds([*DVC, "repro", "ingest@many"], project), 1),
        }
