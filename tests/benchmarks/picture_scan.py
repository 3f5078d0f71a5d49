"""How fast pictures are looked at: with isolation and without, beside bare decoding, and beside CleanVision.

On the photos of solar cells, two processes or threads each, everything in the same run: only the ratios mean anything.
CleanVision gets an environment of its own, made here with pip. Embeddings are no part of it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.bench import DLPIPE, seconds, solar_project

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTES = 4
TIMES = 3
CLEANVISION = "0.3.7"
_PEER = """
import sys, time
from cleanvision import Imagelab
if __name__ == "__main__":
    started = time.perf_counter()
    lab = Imagelab(data_path=sys.argv[1])
    lab.find_issues(n_jobs=2, verbose=False)
    print(time.perf_counter() - started)
"""


def measure() -> dict[str, Any]:
    """Pictures a second, the median of three, and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        project = solar_project(Path(folder))
        seconds([*DLPIPE, "fetch", "solar"], project)
        raw = project / "data/solar/raw"
        peer = _peer(Path(folder))
        looked = _ours(raw)
        num = len(looked)
        runs: dict[str, Callable[[], float]] = {
            "bare decoding": lambda: _bare(raw, looked.paths),
            "with isolation": lambda: looked.seconds("processes"),
            "without isolation": lambda: looked.seconds("threads"),
            "CleanVision": lambda: _cleanvision(peer, raw),
        }
        taken = {name: [] for name in runs}
        for _ in range(TIMES):
            for name, run in runs.items():
                taken[name].append(run())
        rate = {name: num / statistics.median(found) for name, found in taken.items()}
    isolated = rate["with isolation"]
    ratios = {f"with isolation / {name}": round(isolated / rate[name], 2) for name in rate if name != "with isolation"}
    return {"num_pictures": num, **{f"{name}, pictures a second": round(rate[name]) for name in rate}, **ratios}


class _ours:  # noqa: N801 - reads like a function
    """The usual checks over all pictures of a folder."""

    def __init__(self, raw: Path) -> None:
        import polars as pl

        from dlpipe.clean import stage
        from dlpipe.core import files
        from dlpipe.modalities.image import Image

        self.paths = sorted(path.relative_to(raw).as_posix() for path in raw.rglob("*.png"))
        digests = [files.digest(raw / path) for path in self.paths]
        table = pl.DataFrame({"id": self.paths, "path": self.paths, "digest": digests})
        self._reader = Image().reader(raw, table)
        self._checks = stage.Config().checks

    def __len__(self) -> int:
        return len(self.paths)

    def seconds(self, engine: str) -> float:
        """Seconds of one scan, its processes' start included."""
        from dlpipe.clean.scan import scan

        os.environ.update(DLPIPE_ENGINE=engine, DLPIPE_JOBS="2")
        started = time.perf_counter()
        assert len(scan(self._reader, self._checks).readable) == len(self)
        return time.perf_counter() - started


def _bare(raw: Path, paths: list[str]) -> float:
    from dlpipe.modalities.image import Image

    started = time.perf_counter()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda path: Image().decode((raw / path).read_bytes())[1], paths))
    return time.perf_counter() - started


def _peer(folder: Path) -> str:
    """An interpreter that has CleanVision."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "peer")], check=True)
    python = str(folder / "peer/bin/python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"cleanvision=={CLEANVISION}"], check=True)
    (folder / "peer.py").write_text(_PEER, encoding="utf-8")
    return python


def _cleanvision(python: str, raw: Path) -> float:
    script = Path(python).parents[2] / "peer.py"
    done = subprocess.run([python, str(script), str(raw)], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
