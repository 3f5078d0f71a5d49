from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.execution import execute
from dlpipe.core.say import say
from dlpipe.core.table import read_table
from dlpipe.workflow.verify import Question, verify
from tests.making import picture
from tests.published import publish
from tests.similarity.changed import CHANGES, photos

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.core.project import Project


@pytest.fixture
def project(project_factory: Any, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Twelve pictures, the first of them once more, compressed again; split by their numbers."""
    from PIL import Image

    project: Project = project_factory(size_px=64)
    monkeypatch.chdir(project.root)
    monkeypatch.setattr(say, "json", True)
    Image.fromarray(picture(0, 0, 64)).save(project.data("demo") / "raw" / "circles" / "again.jpg", quality=98)
    execute("ingest", "demo", project)
    return project


def publish_split(project: Project, again: str = "train") -> pl.DataFrame:
    samples = read_table(project.outputs("demo") / "ingest" / "samples.parquet").with_columns(
        split=pl.Series([*["train"] * 5, "val", again, *["test"] * 6]),
        day=pl.Series([f"{number // 2}" for number in range(13)]),
    )
    publish(project, "split", samples=samples)
    return samples


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out)


def test_a_split_that_keeps_copies_together_passes(project: Project, capsys: pytest.CaptureFixture[str]):
    publish_split(project)
    verify("demo", Question())
    found = answer(capsys)
    assert found["leaks"] is False
    assert [check["what"] for check in found["checks"]] == ["exact duplicates", "near duplicates"]
    assert found["sides"] == {"test": 6, "train": 6, "val": 1}


def test_a_copy_a_group_and_the_future_that_cross_are_said(project: Project, capsys: pytest.CaptureFixture[str]):
    publish_split(project, again="test")
    with pytest.raises(DlpipeError, match="1 near duplicates") as caught:
        verify("demo", Question(group_by=("day",), time="day"))
    assert caught.value.exit_code == Exit.NO
    checks = {check["what"]: check for check in answer(capsys)["checks"]}
    assert checks["near duplicates"]["examples"] == ["circles/0000.png (train), circles/again.jpg (test)"]
    assert checks["groups of 'day'"]["examples"] == ["2: circles/0008.png (train), circles/0010.png (val)"]
    assert checks["no later than an earlier side, by 'day'"]["examples"] == ["circles/0010.png (val, 2)"]


def test_a_crop_on_another_side_is_found(project: Project, capsys: pytest.CaptureFixture[str]):
    from PIL import Image

    photo = photos(1)[0]
    raw = project.data("demo") / "raw" / "circles"
    for name, pixels in (("photo", photo), ("crop", CHANGES["5 % all round"](photo))):
        Image.fromarray(pixels).save(raw / f"{name}.png")
    execute("ingest", "demo", project)
    samples = read_table(project.outputs("demo") / "ingest" / "samples.parquet")
    publish(project, "split", samples=samples.with_columns(given=pl.Series(["train", "test"] * 8)[: samples.height]))
    with pytest.raises(DlpipeError, match="near duplicates"):
        verify("demo", Question(column="given"))
    checks = {check["what"]: check for check in answer(capsys)["checks"]}
    assert "circles/crop.png" in " ".join(checks["near duplicates"]["examples"])


def test_the_split_of_somebody_else(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    samples = publish_split(project)
    theirs = tmp_path / "theirs.csv"
    rows = "".join(f"{path},{'Training' if number % 2 else 'TEST'}\n" for number, path in enumerate(samples["path"]))
    theirs.write_text("path,split\n" + rows + "gone.png,train\n")
    with pytest.raises(DlpipeError, match="the split leaks"):
        verify("demo", Question(csv=theirs, group_by=("day",)))
    assert "1 of 14 rows name no sample" in capsys.readouterr().err


def test_one_side_is_no_split(project: Project):
    publish(project, "split", samples=publish_split(project).with_columns(given=pl.lit("train")))
    with pytest.raises(DlpipeError, match="at least two sides, this one: train"):
        verify("demo", Question(column="given"))


@pytest.mark.parametrize(
    ("text", "said"),
    (
        ("name,split\na,train\n", "neither a column 'id' nor 'path'"),
        ("id,split\nnobody,train\nno,test\n", "none of its rows names a sample"),
        ("id,split\na,train\na,test\n", "'a' stands in it twice"),
        ("id,side\na,train\n", "there is no column 'split'"),
    ),
)
def test_a_table_that_is_no_split(project: Project, tmp_path: Path, text: str, said: str):
    (tmp_path / "theirs.csv").write_text(text)
    with pytest.raises(DlpipeError, match=said):
        verify("demo", Question(csv=tmp_path / "theirs.csv"))


def test_a_column_that_is_not_there(project: Project):
    with pytest.raises(DlpipeError, match="no column 'offical'"):
        verify("demo", Question(column="offical"))
