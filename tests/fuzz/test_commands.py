"""A hundred damaged pictures, hostile archives and broken label tables through the real commands, as processes."""

from __future__ import annotations

import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from dlpipe.core import files
from dlpipe.core.errors import Exit
from dlpipe.core.table import read_table
from tests.faults.warm import Warm
from tests.fuzz.pictures import mutant
from tests.ingest.fuzzing import lost_rows
from tests.ingest.hostile import archive, label_table
from tests.making import make_project, read_pipeline, write_pipeline
from tests.typed import command, environment

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project

pytestmark = pytest.mark.timeout(600)

NUM = 100
KINDS = ("jpeg", "png", "webp", "bmp", "gif", "tiff")
_OF_INGEST = (
    "polars",
    "dlpipe.cli.app",
    "dlpipe.cli.stages",
    "dlpipe.core.execution",
    "dlpipe.ingest.stage",
    "dlpipe.ingest.sources.table",
    "dlpipe.modalities.image",
)
SLOW = ("too_slow", "crashed")
_OWN = ("project/.dlpipe", "project/data/demo/ingest", "project/data/demo/clean")
"""Where the commands may write."""


def everything_else(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file that is not a stage's own."""
    found: dict[str, tuple[int, int]] = {}
    for path in folder.rglob("*"):
        if not path.is_dir() and not str(path.relative_to(folder)).startswith(_OWN):
            stat = path.lstat()
            found[str(path)] = (stat.st_size, stat.st_mtime_ns)
    return found


def asked(words: list[str], project: Project) -> subprocess.CompletedProcess[str]:
    """A stage's command as DVC runs it; it says no traceback and writes nowhere but where it may."""
    before = everything_else(project.root.parent)
    done = subprocess.run(
        command(words),
        cwd=project.root,
        env={**environment(), "DVC_STAGE": f"{words[1]}@{words[2]}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=300,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr[-3000:]
    assert everything_else(project.root.parent) == before
    return done


def fates(project: Project, stage: str) -> tuple[list[str], list[str]]:
    """Paths that a stage kept, and those it set aside, a row of a table or a member of an archive each."""
    out = project.outputs("demo") / stage
    tables = [read_table(out / f"{name}.parquet") for name in ("samples", "set_aside")]
    kept, aside = (table["path" if "path" in table.columns else "id"].to_list() for table in tables)
    return kept, aside


def test_damaged_pictures(tmp_path: Path):
    project = make_project(tmp_path / "project", num_samples=8)
    modality = {"name": "image", "size_px": 32, "formats": list(KINDS)}
    sections = read_pipeline(project, "demo")
    write_pipeline(project, "demo", {**sections, "dataset": {**sections["dataset"], "modality": modality}, "clean": {}})
    raw = project.data("demo") / "raw"
    for number in range(NUM):
        (raw / "circles" / f"{number}.{KINDS[number % len(KINDS)]}").write_bytes(mutant(number))
    _without_vectors(project)
    given = {path.relative_to(raw).as_posix() for path in raw.rglob("*") if path.is_file()}
    assert asked(["dlpipe", "ingest", "demo"], project).returncode == 0
    assert fates(project, "ingest") == (sorted(given), [])
    assert asked(["dlpipe", "clean", "demo"], project).returncode == 0
    kept, aside = fates(project, "clean")
    assert sorted([*kept, *aside]) == sorted(given)
    assert min(len(kept), len(aside)) > 20
    table = read_table(project.outputs("demo") / "clean" / "set_aside.parquet")
    assert all(table["by"].to_list())
    assert not [word for word in SLOW if word in str(table.rows())]


def _without_vectors(project: Project) -> None:
    """`clean` asks for what `embed` writes, and opens it only for checks that use vectors."""
    import polars as pl

    with files.replacing(project.outputs("demo") / "embed") as out:
        pl.DataFrame({"id": [], "vector": []}).write_parquet(out / "vectors.parquet")


def test_hostile_archives(tmp_path: Path):
    project = make_project(tmp_path / "project", num_samples=2)
    raw = project.data("demo") / "raw"
    trials = {f"{seed}-{trial.name}": trial for seed in range(NUM) for trial in [archive(seed)]}
    for name, trial in trials.items():
        (raw / name).write_bytes(trial.content)
    assert asked(["dlpipe", "ingest", "demo"], project).returncode == 0
    kept, aside = fates(project, "ingest")
    inside, left = (Counter(path.partition("!/")[0] for path in paths) for paths in (kept, aside))
    lost = [
        name
        for name, trial in trials.items()
        if name not in aside and trial.members is not None and inside[name] + left[name] != trial.members
    ]
    assert not lost
    assert sum(name in aside for name in trials) > 10
    assert sum(inside.values()) > 50
    _without_vectors(project)
    assert asked(["dlpipe", "clean", "demo"], project).returncode in {0, Exit.NO}
    left_over, bad = fates(project, "clean")
    assert sorted([*left_over, *bad]) == sorted(kept)


def test_broken_label_tables(tmp_path: Path):
    """A process for each table, forked from one that has imported the libraries: a hundred starts take a minute else."""
    project = make_project(tmp_path / "project", num_samples=5)
    write_pipeline(project, "demo", {**read_pipeline(project, "demo"), "ingest": {"source": {"name": "table"}}})
    table = project.data("demo") / "raw" / "labels.csv"
    table.write_bytes(label_table(0).content)
    asked(["dlpipe", "ingest", "demo"], project)
    codes: Counter[int] = Counter()
    warm = Warm(_OF_INGEST)
    try:
        for seed in range(NUM):
            trial = label_table(seed)
            table.write_bytes(trial.content)
            before = everything_else(tmp_path)
            ended = warm.run(["ingest", "demo"], project.root, {"DVC_STAGE": "ingest@demo"})
            codes[ended.code] += 1
            assert "Traceback" not in ended.said, f"seed {seed}: {ended.said[-3000:]}"
            assert everything_else(tmp_path) == before, seed
            assert ended.code == 0 or ("error: " in ended.said and "fix: " in ended.said), f"seed {seed}: {ended.said}"
            assert ended.code or trial.rows is None or not lost_rows(project, trial.rows), seed
    finally:
        warm.close()
    assert set(codes) == {0, Exit.INPUT}
    assert min(codes.values()) > NUM / 10
