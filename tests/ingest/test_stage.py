from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from dlpipe.core import files
from dlpipe.core.archives import placed
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.core.project import LIMIT_VARIABLE
from dlpipe.core.table import SAMPLE_COLUMNS, VOTE_COLUMNS, read_table
from dlpipe.modalities import Sample
from dlpipe.modalities.image import Image
from tests.core.archives.making import raw_zip, tar_of, zip_of
from tests.making import read_pipeline, write_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpipe.core.project import Project

    Factory = Callable[..., Project]


def ingest(project: Project) -> tuple[Path, dict[str, Any]]:
    summary = execute("ingest", "demo", project)
    return project.outputs("demo") / "ingest", summary.facts


def with_ingest(project: Project, **section: Any) -> Project:
    write_pipeline(project, "demo", {**read_pipeline(project, "demo"), "ingest": section})
    return project


def test_samples_votes_and_card(project_factory: Factory):
    project = project_factory()
    out, facts = ingest(project)
    samples = read_table(out / "samples.parquet")
    assert dict(samples.schema) == SAMPLE_COLUMNS
    assert samples["id"].to_list() == sorted(samples["id"])
    raw = project.data("demo") / "raw"
    assert samples["digest"].to_list() == [files.digest(raw / path) for path in samples["path"]]
    assert dict(read_table(out / "votes.parquet").schema) == VOTE_COLUMNS
    assert facts["labels"] == {"circles": 6, "stripes": 6}
    card = files.read_json(out / "card.json")
    assert (card["name"], card["licence"], card["non_commercial"], card["source"]) == (
        *("demo", "not stated", False),
        "folder",
    )
    assert card["num_samples"] == 12


def test_a_stated_licence_stands_in_the_card(project_factory: Factory):
    stated = {"source": {"name": "folder"}, "licence": "CC-BY-4.0", "about": "mine", "non_commercial": True}
    out, _ = ingest(with_ingest(project_factory(), **stated))
    card = files.read_json(out / "card.json")
    assert {key: card[key] for key in ("licence", "about", "non_commercial")} == {
        "licence": "CC-BY-4.0",
        "about": "mine",
        "non_commercial": True,
    }


def test_attributes_of_a_table(project_factory: Factory):
    project = with_ingest(project_factory(), source={"name": "table", "file": "attributes.csv"})
    shutil.copy(project.data("demo") / "attributes.csv", project.data("demo") / "raw")
    out, facts = ingest(project)
    assert read_table(out / "samples.parquet").columns == ["id", "path", "digest", "site"]
    assert facts["attributes"] == {"site": {"north": 4, "south": 4, "west": 4}}
    assert facts["num_set_aside"] == 0


def test_what_is_no_sample_is_set_aside_and_nothing_blocks(project_factory: Factory):
    project = project_factory()
    raw = project.data("demo") / "raw"
    os.mkfifo(raw / "circles" / "pipe.png")
    (raw / ".DS_Store").write_bytes(b"x")
    (raw / "link.png").symlink_to("circles/0000.png")
    (raw / "zero.png").touch()
    out, facts = ingest(project)
    assert facts["set_aside"] == {"hidden": 1, "not_a_file": 1, "symlink": 1}
    assert facts["num_unlabelled"] == 1
    assert read_table(out / "set_aside.parquet")["path"].to_list() == [".DS_Store", "circles/pipe.png", "link.png"]
    assert "zero.png" in read_table(out / "samples.parquet")["id"]


def test_raw_stays_as_it_is(project_factory: Factory):
    project = project_factory()
    raw = project.data("demo") / "raw"
    before = files.listing(raw)
    ingest(project)
    assert files.listing(raw) == before


def test_the_same_bytes_from_two_folders(project_factory: Factory, tmp_path: Path):
    outs = [ingest(project_factory(root=tmp_path / name))[0] for name in ("one", "two")]
    assert (outs[0] / files.DIGESTS).read_bytes() == (outs[1] / files.DIGESTS).read_bytes()


def test_media_may_lie_elsewhere(project_factory: Factory, tmp_path: Path):
    project = with_ingest(project_factory(), source={"name": "folder", "root": str(tmp_path / "elsewhere")})
    (project.data("demo") / "raw").rename(tmp_path / "elsewhere")
    assert ingest(project)[1]["num_samples"] == 12


def test_a_foreign_name_is_read_by_its_id(project_factory: Factory):
    project = project_factory()
    raw = project.data("demo") / "raw"
    shutil.copy(raw / "circles" / "0000.png", raw / "circles" / os.fsdecode(b"\xff\\\n.png"))
    samples = read_table(ingest(project)[0] / "samples.parquet")
    reader = Image(size_px=32).reader(raw, samples)
    index = samples["id"].to_list().index("circles/\\xff\\x5c\n.png")
    assert isinstance(reader[index], Sample)


@pytest.mark.parametrize("fault", ("empty", "missing", "a file", "nothing fits"))
def test_no_sample_is_one_sentence(project_factory: Factory, fault: str):
    project = project_factory(num_samples=0)
    raw = project.data("demo") / "raw"
    shutil.rmtree(raw, ignore_errors=True)
    if fault in {"empty", "nothing fits"}:
        raw.mkdir(parents=True)
    if fault == "nothing fits":
        (raw / "a.heic").write_bytes(b"x")
    if fault == "a file":
        raw.write_bytes(b"x")
    with pytest.raises(DlpipeError) as caught:
        ingest(project)
    assert caught.value.exit_code == Exit.INPUT
    assert str(raw) in caught.value.problem
    assert f"put pictures into {raw}/CLASS/" in caught.value.fix
    assert ("a.heic, the ending '.heic' is none of" in caught.value.problem) == (fault == "nothing fits")
    assert not (project.outputs("demo") / "ingest").exists()


def test_a_ready_data_set_that_is_not_here_can_be_fetched(project_factory: Factory):
    project = with_ingest(project_factory(num_samples=0), source={"name": "elpv"})
    with pytest.raises(DlpipeError) as caught:
        ingest(project)
    assert caught.value.fix == "`dlpipe fetch demo` gets the data"


def test_a_file_that_cannot_be_read_is_set_aside(project_factory: Factory, monkeypatch: pytest.MonkeyPatch):
    project = project_factory()
    real = files.digest

    def refuse(path: Path) -> str:
        if path.name == "0000.png":
            raise OSError(5, "Input/output error", str(path))
        return real(path)

    monkeypatch.setattr(files, "digest", refuse)
    out, facts = ingest(project)
    assert facts["num_samples"] == 11
    assert read_table(out / "set_aside.parquet").rows() == [
        ("circles/0000.png", "io_error", "it cannot be read: Input/output error")
    ]
    assert read_table(out / "votes.parquet").height == 11


def test_a_full_file_table_is_no_fault_of_a_file(project_factory: Factory, monkeypatch: pytest.MonkeyPatch):
    project = project_factory()

    def refuse(path: Path) -> str:
        raise OSError(24, "Too many open files", str(path))

    monkeypatch.setattr("dlpipe.ingest.stage.files.digest", refuse)
    with pytest.raises((DlpipeError, OSError), match="Too many open files"):
        ingest(project)


def test_a_smoke_run_takes_few_of_every_kind(project_factory: Factory, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(LIMIT_VARIABLE, "20")
    project = project_factory(num_samples=60, classes=("circles", "stripes", "checks"))
    out, facts = ingest(project)
    assert facts["num_samples"] == 20
    assert sorted(facts["labels"].values()) == [6, 7, 7]
    assert out.parent.name == "demo-20"
    assert set(read_table(out / "votes.parquet")["id"]) == set(read_table(out / "samples.parquet")["id"])


def test_classes_that_look_alike_are_said(project_factory: Factory):
    project = project_factory()
    raw = project.data("demo") / "raw"
    shutil.copytree(raw / "circles", raw / "Circles ")
    notes = execute("ingest", "demo", project).notes
    assert notes == ["labels that look alike are different classes: 'Circles ', 'circles'"]


def test_a_change_while_it_reads_is_published_by_nobody(project_factory: Factory, monkeypatch: pytest.MonkeyPatch):
    project = project_factory()
    raw = project.data("demo") / "raw"
    real = files.digest

    def meddle(path: Path) -> str:
        (raw / "circles" / "later.png").write_bytes(b"x")
        return real(path)

    monkeypatch.setattr("dlpipe.ingest.stage.files.digest", meddle)
    with pytest.raises(DlpipeError, match="changed while ingest read it") as caught:
        ingest(project)
    assert caught.value.exit_code == Exit.INTEGRITY


def test_empty_tables_keep_their_columns(project_factory: Factory):
    project = project_factory(num_samples=0)
    raw = project.data("demo") / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    (raw / "a.png").write_bytes(b"x")
    out, facts = ingest(project)
    assert dict(read_table(out / "votes.parquet").schema) == VOTE_COLUMNS
    assert read_table(out / "set_aside.parquet").schema == dict.fromkeys(("path", "reason", "detail"), pl.String)
    assert facts["num_unlabelled"] == 1


def test_archives_give_the_same_samples_as_folders(project_factory: Factory, monkeypatch: pytest.MonkeyPatch):
    project = project_factory()
    monkeypatch.chdir(project.root)
    raw = project.data("demo") / "raw"
    out, facts = ingest(project)
    loose = read_table(out / "samples.parquet")
    content = {path: (raw / path).read_bytes() for path in loose["path"]}
    shutil.rmtree(raw)
    halves = [{path: content[path] for path in sorted(content)[start::2]} for start in range(2)]
    zip_of(raw / "a.zip", halves[0])
    tar_of(raw / "b.tar.gz", halves[1], "w:gz")
    before = files.digests(raw)
    packed_out, packed_facts = ingest(project)
    packed = read_table(packed_out / "samples.parquet")
    assert dict(zip(map(placed, packed["path"]), packed["digest"], strict=True)) == dict(
        zip(loose["path"], loose["digest"], strict=True)
    )
    assert packed_facts["labels"] == facts["labels"]
    reader = Image(size_px=32).reader(raw, packed)
    assert all(isinstance(reader[row], Sample) for row in range(len(reader)))
    assert files.digests(raw) == before
    (raw / "a.zip").unlink()
    with pytest.raises(DlpipeError, match="gone since") as caught:
        reader[0]
    assert caught.value.exit_code == Exit.INTEGRITY


def test_every_member_is_a_sample_or_set_aside_with_its_reason(project_factory: Factory):
    project = project_factory()
    raw = project.data("demo") / "raw"
    good = {"name": b"circles/new.png", "content": (raw / "circles" / "0000.png").read_bytes()}
    broken = {"name": b"circles/crc.png", "content": b"abc", "crc": 1}
    (raw / "a.zip").write_bytes(raw_zip([good, broken, {"name": b"../x.png"}, {"name": b"e.png", "flags": 1}]))
    out, facts = ingest(project)
    assert "a.zip!/circles/new.png" in read_table(out / "samples.parquet")["path"]
    assert facts["num_samples"] == 13
    assert facts["set_aside"] == {"encrypted": 1, "hostile_name": 1, "wrong_crc": 1}
