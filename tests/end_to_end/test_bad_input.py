"""What users get wrong, on the real commands: one sentence, a fix, the right exit code, and nothing lost."""

from __future__ import annotations

import hashlib
import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from PIL import Image

from dlpipe.core.errors import Exit
from tests.making import make_project, read_pipeline, write_pipeline
from tests.typed import run

if TYPE_CHECKING:
    from subprocess import CompletedProcess

    from dlpipe.core.project import Project


def _refused(words: list[str], project: Project, code: Exit, *said: str) -> CompletedProcess[str]:
    """A command that is refused: one sentence, a fix, no traceback, and raw/ as it was."""
    raw = project.data("demo") / "raw"
    before = _bytes(raw)
    done = run(words, project.root, code=code)
    assert done.stderr.count("error:") == 1, done.stderr
    assert done.stderr.count("fix:") == 1, done.stderr
    for words_said in said:
        assert words_said in done.stderr, done.stderr
    assert _bytes(raw) == before
    return done


def _bytes(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of a project in which `embed` has exported its backbone once."""
    from dlpipe.core.execution import execute

    project = make_project(tmp_path_factory.mktemp("backbone") / "project")
    for stage in ("ingest", "embed"):
        execute(stage, "demo", project)
    return project.local / "cache"


def _through(project: Project, backbone: Path, *stages: str) -> None:
    """Runs the stages before the one that is typed, in this process."""
    from dlpipe.core.execution import execute

    shutil.copytree(backbone, project.local / "cache", dirs_exist_ok=True)
    for stage in stages:
        execute(stage, "demo", project)


def test_nothing_in_raw(project_factory) -> None:
    project = project_factory(num_samples=0)
    (project.data("demo") / "raw").mkdir(parents=True, exist_ok=True)
    _refused(["dlpipe", "ingest", "demo"], project, Exit.INPUT, "raw")


def test_one_class_only(project_factory, backbone: Path) -> None:
    project = project_factory(classes=("circles",))
    _through(project, backbone, "ingest", "embed", "clean", "label")
    _refused(["dlpipe", "split", "demo"], project, Exit.NO, "circles")


def test_a_class_with_one_picture(project_factory, backbone: Path) -> None:
    project = project_factory()
    for path in sorted((project.data("demo") / "raw/stripes").iterdir())[1:]:
        path.unlink()
    _through(project, backbone, "ingest", "embed", "clean", "label")
    _refused(["dlpipe", "split", "demo"], project, Exit.NO, "stripes")


def test_a_group_that_leaves_no_test_set(project_factory, backbone: Path) -> None:
    project = project_factory(
        sections={
            "ingest": {"source": {"name": "folder", "levels": ["site", "label"]}},
            "split": {"splitter": {"name": "grouped", "by": "site"}},
        }
    )
    raw = project.data("demo") / "raw"
    for folder in list(raw.iterdir()):
        (raw / "only").mkdir(exist_ok=True)
        shutil.move(folder, raw / "only" / folder.name)
    _through(project, backbone, "ingest", "embed", "clean", "label")
    _refused(["dlpipe", "split", "demo"], project, Exit.NO, "site")


def _bomb() -> bytes:
    stream = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(stream, "png")
    return stream.getvalue()


def test_bad_pictures_among_good_ones(project_factory, backbone: Path) -> None:
    project = project_factory()
    raw = project.data("demo") / "raw"
    good = (raw / "circles/0000.png").read_bytes()
    bad = {"truncated.png": good[: len(good) // 2], "empty.png": b"", "text.png": b"no picture", "bomb.png": _bomb()}
    for name, content in bad.items():
        (raw / "circles" / name).write_bytes(content)
    before = _bytes(raw)
    _through(project, backbone, "ingest", "embed", "clean", "label", "split")
    home = project.outputs("demo")
    aside = pl.read_parquet(home / "clean/set_aside.parquet")
    assert set(aside["id"]) == {f"circles/{name}" for name in bad}
    assert all(len(reason) > 3 for reason in aside["reasons"])
    assert pl.read_parquet(home / "split/samples.parquet").height == 12
    assert _bytes(raw) == before


_GOOD_TABLE = "path,label\n" + "".join(
    f"{('circles', 'stripes')[n % 2]}/{n:04}.png,{('circles', 'stripes')[n % 2]}\n" for n in range(12)
)


@pytest.mark.parametrize(
    ("text", "said"),
    (
        (_GOOD_TABLE.replace("path,label", "file,label"), "path"),
        (_GOOD_TABLE + "circles/0000.png,stripes\n", "circles/0000.png"),
        (_GOOD_TABLE + "circles/0000.png,circles,more\n", "14"),
        (_GOOD_TABLE.encode("utf-16"), "UTF-8"),
        ("", "labels.csv"),
    ),
    ids=("no such column", "two labels for one file", "ragged row", "utf-16", "empty"),
)
def test_a_broken_label_table(project_factory, text: str | bytes, said: str) -> None:
    project = project_factory(sections={"ingest": {"source": {"name": "table", "file": "labels.csv"}}})
    content = text if isinstance(text, bytes) else text.encode()
    (project.data("demo") / "raw/labels.csv").write_bytes(content)
    _refused(["dlpipe", "ingest", "demo"], project, Exit.INPUT, said, "labels.csv")


@pytest.mark.parametrize("change", ("bom", "semicolon", "missing file", "unknown file", "row twice"))
def test_a_label_table_with_blemishes(project_factory, backbone: Path, change: str) -> None:
    """A byte order mark and another delimiter are read; rows and files that do not fit are kept and reported."""
    project = project_factory(sections={"ingest": {"source": {"name": "table", "file": "labels.csv"}}})
    text = {
        "bom": "\ufeff" + _GOOD_TABLE,
        "semicolon": _GOOD_TABLE.replace(",", ";"),
        "missing file": _GOOD_TABLE + "circles/gone.png,circles\n",
        "unknown file": "".join(_GOOD_TABLE.splitlines(keepends=True)[:-1]),
        "row twice": _GOOD_TABLE + "circles/0000.png,circles\n",
    }[change]
    (project.data("demo") / "raw/labels.csv").write_text(text, encoding="utf-8")
    _through(project, backbone, "ingest", "embed", "clean", "label")
    home = project.outputs("demo")
    aside = pl.read_parquet(home / "ingest/set_aside.parquet")
    samples = pl.read_parquet(home / "label/samples.parquet")
    assert samples.height == 12
    assert samples["label"].null_count() == (1 if change == "unknown file" else 0)
    assert aside.height == (1 if change in {"missing file", "row twice"} else 0)


def test_every_mistake_of_the_pipeline_file_at_once(project_factory) -> None:
    project = project_factory()
    sections = read_pipeline(project, "demo")
    sections["clean"] = {"checks": {"blury": {}, "dark": {"treshold": 0.3}}}
    sections["train"]["epochs"] = "many"
    sections["splitt"] = {}
    write_pipeline(project, "demo", sections)
    done = _refused(["dlpipe", "check", "demo"], project, Exit.INPUT, "blurry", "threshold", "train.epochs", "split'")
    lines = [line for line in done.stderr.splitlines() if "demo.yaml:" in line]
    assert len(lines) == 4, done.stderr
    text = project.pipeline_file("demo").read_text(encoding="utf-8").splitlines()
    (blurry,) = [line for line in lines if "blury" in line]
    assert "blury" in text[int(blurry.split("demo.yaml:")[1].split(":")[0]) - 1]


def test_weights_that_cannot_be_had(project_factory, backbone: Path) -> None:
    project = project_factory()
    sections = read_pipeline(project, "demo")
    sections["embed"]["weights"] = {"name": "package"}
    write_pipeline(project, "demo", sections)
    _through(project, backbone, "ingest")
    _refused(["dlpipe", "embed", "demo"], project, Exit.ENVIRONMENT, "weights")


def test_a_diverging_training_stops(project_factory, backbone: Path) -> None:
    project = project_factory(num_samples=40)
    sections = read_pipeline(project, "demo")
    sections["train"] |= {"learning_rate": 1e30, "warmup_share": 0.0, "epochs": 3}
    write_pipeline(project, "demo", sections)
    _through(project, backbone, "ingest", "embed", "clean", "label", "split")
    _refused(["dlpipe", "train", "demo"], project, Exit.NO, "step")
    assert not (project.outputs("demo") / "train").exists()


def test_raw_that_changed_since_ingest(project_factory, backbone: Path) -> None:
    project = project_factory()
    _through(project, backbone, "ingest", "embed")
    picture = project.data("demo") / "raw/circles/0000.png"
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(picture)
    _refused(["dlpipe", "clean", "demo"], project, Exit.INTEGRITY, "0000.png")


def test_a_place_that_cannot_be_written(project_factory) -> None:
    project = project_factory()
    project.local.mkdir()
    (project.local / "locks").write_text("a file where a folder belongs", encoding="utf-8")
    _refused(["dlpipe", "ingest", "demo"], project, Exit.ENVIRONMENT, "locks")
