"""What the benchmarks share: timing commands, and a scratch project over the photos of solar cells."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DLPIPE = [sys.executable, "-m", "dlpipe"]
DVC = [sys.executable, "-m", "dvc"]


def seconds(command: list[str], folder: Path, *, environment: dict[str, str] | None = None) -> float:
    """Wall time of a command that must succeed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    started = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{command} exited with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
    return time.perf_counter() - started


def median_seconds(command: list[str], folder: Path, times: int = 5) -> float:
    """Median wall time over `times` runs, after one that warms the caches."""
    seconds(command, folder)
    return round(statistics.median(seconds(command, folder) for _ in range(times)), 3)


def peak_mib() -> float:
    """Largest resident memory of any finished child process so far, in MiB."""
    return round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1)


def solar_project(folder: Path) -> Path:
    """A project of its own with the pipeline `solar`, its packages taken over if they are already here."""
    project = folder / "project"
    project.mkdir()
    seconds([*DLPIPE, "init", "solar"], project)
    packages = REPOSITORY / ".dlpipe" / "packages"
    if packages.is_dir():
        shutil.copytree(packages, project / ".dlpipe" / "packages")
    return project
