"""A `dvc repro` of a finished pipeline, beside plain DVC on an equal graph whose stages are `cp`."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.benchmarks.bench import DLPIPE, DVC, REPOSITORY, median_seconds, seconds

MINUTES = 12


def measure() -> dict[str, float]:
    """Median seconds of 5 runs each."""
    from tests.benchmarks.bench import solar_project

    with tempfile.TemporaryDirectory() as folder:
        project = solar_project(Path(folder))
        seconds([*DLPIPE, "run", "--quiet"], project)
        plain = _plain(Path(folder), project)
        ours, theirs = median_seconds([*DVC, "repro"], project), median_seconds([*DVC, "repro"], plain)
        whole = median_seconds([*DLPIPE, "run", "--quiet"], project)
    return {
        "dvc repro": ours,
        "plain dvc repro, equal graph": theirs,
        "ratio": round(ours / theirs, 3),
        "dlpipe run": whole,
    }


def _plain(folder: Path, project: Path) -> Path:
    """The same files and the same graph, each stage a copy of what dlpipe made."""
    plain = folder / "plain"
    plain.mkdir()
    seconds(["cp", "-r", "pipelines", "data", "dvc.yaml", ".dvcignore", str(plain)], project)
    seconds(["mv", "data", "made"], plain)
    seconds(["mkdir", "-p", "data/solar"], plain)
    seconds(["sh", "-c", "cp -r made/solar/raw made/solar/annotations data/solar/"], plain)
    seconds(["git", "init", "-q"], plain)
    seconds([*DVC, "init", "-q"], plain)
    wiring = (REPOSITORY / "dvc.yaml").read_text(encoding="utf-8")
    copying = re.sub(r"cmd: dlpipe (\w+) \$\{item\}", r"cmd: cp -r made/${item}/\1 data/${item}/\1", wiring)
    (plain / "dvc.yaml").write_text(copying, encoding="utf-8")
    seconds([*DVC, "repro", "-q"], plain)
    return plain
