from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dlpipe.core.errors import DlpipeError
from dlpipe.ingest.sources.table import Table
from dlpipe.modalities.image import Image
from dlpipe.tasks.classification import Classification
from dlpipe.tasks.multi_label import MultiLabel

if TYPE_CHECKING:
    from pathlib import Path

    from dlpipe.ingest.sources import Listing


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png", "c.png", "in/d.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def read(raw: Path, text: str, **settings: Any) -> Listing:
    source = Table(**settings)
    (raw / source.file).parent.mkdir(parents=True, exist_ok=True)
    (raw / source.file).write_text(text, encoding="utf-8")
    return source.list(raw, Image())


def test_labels_attributes_and_files_of_no_row(raw: Path):
    listing = read(raw, "path,label,site\nb.png,cat,north\na.png,dog,\n./in//d.png,,south\n")
    assert listing.samples.rows() == [
        ("a.png", "a.png", None),
        ("b.png", "b.png", "north"),
        ("c.png", "c.png", None),
        ("in/d.png", "in/d.png", "south"),
    ]
    assert sorted(listing.votes.rows()) == [("a.png", "table", "dog", 1.0), ("b.png", "table", "cat", 1.0)]
    assert listing.set_aside == []


def test_a_row_of_a_missing_file_is_set_aside_with_its_line(raw: Path):
    listing = read(raw, "path,label\na.png,cat\nzzz.png,cat\n../../etc/passwd,x\n/etc/passwd,x\nlabels.csv,x\n")
    assert [(path, reason, detail.split()[0]) for path, reason, detail in listing.set_aside] == [
        ("zzz.png", "missing_file", "labels.csv:3"),
        ("../../etc/passwd", "missing_file", "labels.csv:4"),
        ("/etc/passwd", "missing_file", "labels.csv:5"),
        ("labels.csv", "missing_file", "labels.csv:6"),
    ]


def test_a_row_that_stands_twice_is_set_aside(raw: Path):
    listing = read(raw, "path,label\na.png,cat\n\na.png,cat\n")
    assert listing.set_aside == [("a.png", "duplicate_row", "labels.csv:4 says again what labels.csv:2 says")]
    assert listing.votes.height == 1


@pytest.mark.parametrize(
    ("rows", "differ"),
    (
        ("a.png,cat,n\nb.png,cat,n\na.png,dog,n\n", "label 'cat' and 'dog'"),
        ("a.png,cat,n\na.png,,n\n", "label 'cat' and 'none'"),
        ("a.png,cat,n\na.png,cat,s\n", "site 'n' and 's'"),
    ),
)
def test_rows_that_contradict_each_other_are_an_error_with_both_lines(raw: Path, rows: str, differ: str):
    with pytest.raises(DlpipeError, match=r"both name .* and differ") as caught:
        read(raw, "path,label,site\n" + rows)
    assert "labels.csv:2 and labels.csv:" in caught.value.problem
    assert differ in caught.value.problem


def test_opinions_of_several_people(raw: Path):
    text = "path,label,who,sure\na.png,cat,ann,1\na.png,dog,bob,0.5\na.png,cat,ann,1\n"
    listing = read(raw, text, annotator_column="who", weight_column="sure")
    assert listing.votes.rows() == [("a.png", "ann", "cat", 1.0), ("a.png", "bob", "dog", 0.5)]
    assert [reason for _, reason, _ in listing.set_aside] == ["duplicate_row"]
    assert listing.samples.columns == ["id", "path"]


def test_shares_of_one_annotator(raw: Path):
    listing = read(raw, "path,label,p\na.png,cat,0.25\na.png,dog,0.75\na.png,cow,0\n", weight_column="p")
    assert listing.votes.rows() == [("a.png", "table", "cat", 0.25), ("a.png", "table", "dog", 0.75)]


@pytest.mark.parametrize("weight", ("-1", "nan", "inf", "much", "0,5"))
def test_a_weight_that_is_none(raw: Path, weight: str):
    with pytest.raises(DlpipeError, match=f"labels.csv:2: '{weight}' is no weight"):
        read(raw, f'path,label,p\na.png,cat,"{weight}"\n', weight_column="p")


def test_paths_from_a_folder_and_without_ending(raw: Path):
    listing = read(raw, "image\nd\n", path_column="image", label_column=None, below="in", ending=".png")
    assert listing.set_aside == []
    assert listing.samples.height == 4


def test_a_row_without_path(raw: Path):
    with pytest.raises(DlpipeError, match=r"labels\.csv:3: names no file"):
        read(raw, "path,label\na.png,cat\n,cat\n")


def test_no_row_that_fits(raw: Path):
    with pytest.raises(
        DlpipeError, match=r"none of its 2 rows names a file of raw/, like 'A\.png'; raw/ has files like 'a\.png'"
    ):
        read(raw, "path,label\nA.png,cat\nB.png,cat\n")


def test_chosen_attributes_and_reserved_names(raw: Path):
    text = "path,label,site,split,age\na.png,cat,n,train,7\n"
    assert read(raw, text).samples.columns == ["id", "path", "site", "given_split", "age"]
    assert read(raw, text, attributes=("age",)).samples.columns == ["id", "path", "age"]
    with pytest.raises(DlpipeError, match=r"no column 'sight'.*did you mean 'site'"):
        read(raw, text, attributes=("sight",))
    with pytest.raises(DlpipeError, match=r"'left\.path' cannot be an attribute"):
        read(raw, "path,label,left.path\na.png,cat,x\n")
    with pytest.raises(DlpipeError, match="cannot be an attribute"):
        read(raw, "path,label,split,given_split\na.png,cat,x,y\n")


@pytest.mark.parametrize("file", ("../labels.csv", "/tmp/labels.csv", "a/../../labels.csv"))  # noqa: S108 - never opened
def test_a_table_outside_of_raw_would_change_unseen(file: str):
    with pytest.raises(ValidationError, match="must lie in raw/"):
        Table(file=file)


def test_a_table_in_a_folder_and_in_parquet(raw: Path):
    (raw / "meta").mkdir()
    pl.DataFrame({"path": ["a.png"], "label": [3]}).write_parquet(raw / "meta" / "t.parquet")
    listing = Table(file="./meta/t.parquet").list(raw, Image())
    assert listing.votes.rows() == [("a.png", "table", "3", 1.0)]
    assert listing.set_aside == []


def test_a_file_of_a_foreign_name_by_its_id(raw: Path):
    (raw / "a\\b.png").write_bytes(b"x")
    for cell in ("a\\b.png", r"a\x5cb.png"):
        assert read(raw, f"path,label\n{cell},cat\n").votes["id"].to_list() == [r"a\x5cb.png"]


NAMES = st.sampled_from(("a.png", "b.png", "c.png", "in/d.png", "x.png", "y.png"))


@given(st.lists(st.tuples(NAMES, st.just("cat")), min_size=1, max_size=12))
def test_every_file_and_every_row_has_exactly_one_fate(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
):
    raw = tmp_path_factory.mktemp("raw")
    files = ("a.png", "b.png", "c.png", "in/d.png")
    (raw / "in").mkdir()
    for name in files:
        (raw / name).write_bytes(b"x")
    if not {name for name, _ in rows} & set(files):
        rows = [*rows, ("a.png", "cat")]
    listing = read(raw, "path,label\n" + "".join(f"{name},{label}\n" for name, label in rows))
    assert listing.samples["id"].to_list() == sorted(files)
    assert listing.votes.height + len(listing.set_aside) == len(rows)
    assert listing.votes["id"].is_unique().all()


def test_of_several_labels_an_empty_cell_says_none_and_a_file_of_no_row_is_unlabelled(raw: Path):
    text = "path,label\na.png,dust|rust\nb.png,\n"
    (raw / "labels.csv").write_text(text, encoding="utf-8")
    listing = Table().of_task(MultiLabel()).list(raw, Image())
    assert sorted(listing.votes.rows()) == [("a.png", "table", "dust|rust", 1.0), ("b.png", "table", "", 1.0)]
    unlabelled = Table(empty_label="unlabelled").of_task(MultiLabel()).list(raw, Image())
    assert unlabelled.votes["id"].to_list() == ["a.png"]


def test_a_null_in_parquet_is_unlabelled_and_an_empty_text_says_none(raw: Path):
    table = pl.DataFrame({"path": ["a.png", "b.png", "c.png"], "label": ["dust", "", None]})
    table.write_parquet(raw / "labels.parquet")
    listing = Table(file="labels.parquet").of_task(MultiLabel()).list(raw, Image())
    assert sorted(listing.votes.rows()) == [("a.png", "table", "dust", 1.0), ("b.png", "table", "", 1.0)]
    alone = Table(file="labels.parquet").of_task(Classification()).list(raw, Image())
    assert alone.votes["id"].to_list() == ["a.png"]


def test_a_sample_of_exactly_one_class_cannot_have_none(raw: Path):
    with pytest.raises(DlpipeError, match="has exactly one class") as caught:
        Table(empty_label="none").of_task(Classification())
    assert "multi_label" in caught.value.fix
