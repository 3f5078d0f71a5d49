from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.errors import DlpipeError
from dlpipe.ingest.rows import DELIMITERS, read_rows

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = ("path", "label")


def table(folder: Path, content: bytes | str, name: str = "labels.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_cells_are_text_and_only_empty_ones_are_missing(tmp_path: Path):
    words = ("None", "NA", "nan", "null", "True", "007", "1e5", " x ", "12345678901234567890123")
    lines = "".join(f"{number}.png,{word}\n" for number, word in enumerate(words))
    rows = read_rows(table(tmp_path, "path,label\n" + lines + "z.png,\n"), NEEDED)
    assert rows.column("label") == [*words, None]
    assert rows.numbers == list(range(2, 12))
    assert rows.where(0) == "labels.csv:2"


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("end", ("\n", "\r\n", "\r"))
def test_the_delimiter_is_found_by_the_header(tmp_path: Path, delimiter: str, end: str):
    lines = (("path", "note", "label"), ("a.png", "x", "cat"))
    rows = read_rows(table(tmp_path, end.join(delimiter.join(line) for line in lines) + end), NEEDED)
    assert rows.columns == ["path", "note", "label"]
    assert rows.cells == [["a.png", "x", "cat"]]
    assert rows.delimiter == delimiter


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path):
    assert read_rows(table(tmp_path, b"\xef\xbb\xbfpath,label\na.png,cat\n"), NEEDED).columns == ["path", "label"]


def test_quoted_cells(tmp_path: Path):
    text = 'path,label\n"a,1.png","say ""cat"""\n\n"two\nlines.png",dog\n'
    rows = read_rows(table(tmp_path, text), NEEDED)
    assert rows.cells == [["a,1.png", 'say "cat"'], ["two\nlines.png", "dog"]]


@pytest.mark.parametrize(
    ("content", "problem"),
    (
        (b"", "labels.csv is empty"),
        (b" \n\n", "labels.csv is empty"),
        (b"path,label\n", "has a header and no rows"),
        (b"\xff\xfep\0a\0", "is UTF-16"),
        (b"path,label\na.png,caf\xe9\n", r"labels.csv:2: byte 0xe9 is not UTF-8"),
        (b"path,label\na.png,x\0y\n", "labels.csv:2: a NUL"),
        (b"path,label\na.png,cat\nb.png\n", "labels.csv:3: 1 cells, but the header has 2 .the row starts 'b.png'"),
        (b"path,label\na.png,cat,x\n", "labels.csv:2: 3 cells, but the header has 2"),
        (b'path,label\na.png,"cat\n', "labels.csv:2: unexpected end of data"),
        (b"path,label,label\na.png,x,y\n", "labels.csv:1: the column 'label' stands there 2 times"),
        (b"path,,label\na.png,x,y\n", "labels.csv:1: column 2 has no name"),
        (b"path,lable\na.png,x\n", "no column 'label', but 'path', 'lable'; did you mean 'lable'"),
        (b"path:label\na.png:x\n", "no column 'path', but 'path:label'"),
    ),
)
def test_what_is_not_clear_is_one_sentence_with_its_place(tmp_path: Path, content: bytes, problem: str):
    with pytest.raises(DlpipeError, match=problem) as caught:
        read_rows(table(tmp_path, content), NEEDED)
    assert str(tmp_path / "labels.csv") in caught.value.problem
    assert caught.value.fix


def test_a_stated_delimiter_is_not_second_guessed(tmp_path: Path):
    with pytest.raises(DlpipeError, match="no column 'path', but 'path,label'"):
        read_rows(table(tmp_path, "path,label\na.png,x\n"), NEEDED, ";")


def test_a_missing_table(tmp_path: Path):
    with pytest.raises(DlpipeError, match=r"labels.csv is missing"):
        read_rows(tmp_path / "labels.csv", NEEDED)


def test_parquet_becomes_text_too(tmp_path: Path):
    frame = pl.DataFrame({"path": ["a", "b"], "label": [1, None], "ok": [True, False], "empty": ["", "x"]})
    frame.write_parquet(tmp_path / "labels.parquet")
    rows = read_rows(tmp_path / "labels.parquet", NEEDED)
    assert rows.cells == [["a", "1", "true", None], ["b", None, "false", "x"]]
    assert rows.where(1) == "labels.parquet:2"


def test_parquet_that_is_none(tmp_path: Path):
    with pytest.raises(DlpipeError, match="cannot be read as a Parquet table"):
        read_rows(table(tmp_path, "path,label\n", "labels.parquet"), NEEDED)


CELLS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=8)


@given(st.lists(st.tuples(CELLS.filter(bool), CELLS), min_size=1, max_size=8), st.sampled_from(DELIMITERS))
def test_what_the_csv_module_writes_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list, delimiter: str):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([("path", "label"), *rows])
    path = table(tmp_path_factory.mktemp("csv"), stream.getvalue())
    assert read_rows(path, NEEDED).cells == [[first, second or None] for first, second in rows]
