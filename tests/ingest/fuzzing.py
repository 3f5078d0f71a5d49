"""Feeds hostile files to `ingest` as the command runs it, and holds the result against what must always be true."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlpipe.core import config as configuration
from dlpipe.core import files
from dlpipe.core.errors import DlpipeError
from dlpipe.core.stage import STAGES, Inputs
from dlpipe.core.table import read_table
from dlpipe.dataset import Dataset
from dlpipe.ingest import stage
from tests.ingest.hostile import archive, label_table
from tests.making import make_project, read_pipeline, write_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dlpipe.core.project import Project

_LONG_SECONDS = 5
_OWN = (".dlpipe", "data/demo/ingest")
"""Where a stage may write."""


def fuzz_archives(folder: Path, seeds: Iterable[int]) -> Counter[str]:
    """What became of each archive, and how often something happened that must not."""
    project = make_project(folder / "project", num_samples=2)
    found: Counter[str] = Counter()
    asked = _asked(project)
    for seed in seeds:
        trial = archive(seed)
        place = project.data("demo") / "raw" / trial.name
        place.write_bytes(trial.content)
        said = _run(folder, asked, found, seed)
        if said == "done":
            inside, aside = _of(project, trial.name)
            found["members accepted"] += inside
            found["members and archives set aside"] += len(aside)
            whole = trial.name in aside
            found["archives set aside whole"] += whole
            if not (whole or inside + len(aside) == trial.members or (trial.members is None and inside + len(aside))):
                found[f"SILENT LOSS of seed {seed}"] += 1
        place.unlink()
    return found


def _of(project: Project, name: str) -> tuple[int, list[str]]:
    """How many samples an archive gave, and the paths of it that were set aside."""
    out = project.outputs("demo") / "ingest"
    inside = read_table(out / "samples.parquet")["path"].str.starts_with(f"{name}!/").sum()
    aside = read_table(out / "set_aside.parquet")["path"].to_list()
    return int(inside), [path for path in aside if path == name or path.startswith(f"{name}!/")]


def fuzz_tables(folder: Path, seeds: Iterable[int]) -> Counter[str]:
    """What became of each label table, and how often something happened that must not."""
    project = make_project(folder / "project", num_samples=5)
    write_pipeline(project, "demo", {**read_pipeline(project, "demo"), "ingest": {"source": {"name": "table"}}})
    found: Counter[str] = Counter()
    asked = _asked(project)
    for seed in seeds:
        trial = label_table(seed)
        (project.data("demo") / "raw" / "labels.csv").write_bytes(trial.content)
        if _run(folder, asked, found, seed) == "done" and trial.rows is not None:
            lost = lost_rows(project, trial.rows)
            found["rows with a fate"] += len(trial.rows) - len(lost)
            if lost:
                found[f"SILENT LOSS of seed {seed}: {lost[0]}"] += 1
    return found


def lost_rows(project: Project, rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Rows of a label table (path, label) that `ingest` neither made a vote of nor set aside."""
    out = project.outputs("demo") / "ingest"
    votes = set(read_table(out / "votes.parquet").select("id", "label").iter_rows())
    aside = set(read_table(out / "set_aside.parquet")["path"].to_list())
    return [row for row in rows if row[1] and not _has_fate(row, votes, aside)]


def _has_fate(row: tuple[str, str], votes: set[Any], aside: set[str]) -> bool:
    path = os.path.normpath(row[0])
    return (path, row[1]) in votes or any(path.replace("\\", each) in aside for each in ("\\", "\\x5c"))


def _asked(project: Project) -> tuple[stage.Config, Inputs]:
    """What the pipeline file asks of the stage; read once, for it is the same for every trial."""
    document = configuration.read(project.pipeline_file("demo"))
    dataset = configuration.section(document, "dataset", Dataset)
    inputs = Inputs(STAGES["ingest"], "demo", project, dataset, project.data("demo") / "raw")
    return configuration.section(document, "ingest", stage.Config), inputs


def _run(folder: Path, asked: tuple[stage.Config, Inputs], found: Counter[str], seed: int) -> str:
    """Runs the stage; what it says, and whether it was slow, failed oddly or wrote where it must not, goes to `found`."""
    project = asked[1].project
    before = _files(folder)
    started = time.perf_counter()
    try:
        with files.replacing(project.outputs("demo") / "ingest") as out:
            stage.run(*asked, out)
        said = "done"
    except DlpipeError as error:
        said = "refused with a fix" if error.problem and error.fix else "REFUSED WITHOUT WORDS"
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not be
        said = f"TRACEBACK of seed {seed}: {type(error).__name__}: {error}"
    found[said] += 1
    if time.perf_counter() - started > _LONG_SECONDS:
        found[f"SLOW: seed {seed}"] += 1
    if _files(folder) != before:
        found[f"ELSEWHERE: seed {seed} wrote or changed a file"] += 1
    return said


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of everything that is not a stage's own."""
    home = folder / "project"
    own = tuple(str(home / name) for name in _OWN)
    stats: Callable[[Path], os.stat_result] = Path.lstat
    paths = (path for path in folder.rglob("*") if not str(path).startswith(own) and not path.is_dir())
    return {str(path): (stats(path).st_size, stats(path).st_mtime_ns) for path in paths}


def wrong(found: Counter[str]) -> list[str]:
    """What must never happen, by the names that `found` gives it."""
    return [
        name
        for name in found
        if name.partition(" ")[0].strip(":") in {"SILENT", "REFUSED", "TRACEBACK", "SLOW", "ELSEWHERE"}
    ]
