"""Tables: the same rows are the same bytes, damage is told, and the samples table keeps its contract."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.table import attributes, check_samples, read_table, write_table

_WRITE = """
import sys
from pathlib import Path
import polars as pl
from dlpipe.core.table import write_table
rows = range(200_000)
write_table(pl.DataFrame({"id": [f"s{i}" for i in rows], "x": [i / 7 for i in rows]}), Path(sys.argv[1]))
"""


def _samples(*ids: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"id": ids, "path": ids, "digest": ["0"] * len(ids)}, dict.fromkeys(("id", "path", "digest"), pl.String)
    )


def test_the_same_rows_are_the_same_bytes_with_any_number_of_threads(tmp_path: Path):
    for threads in ("1", "2"):
        command = [sys.executable, "-c", _WRITE, str(tmp_path / threads)]
        subprocess.run(command, env={**os.environ, "POLARS_MAX_THREADS": threads}, check=True)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_floats_are_rounded_to_six_digits(tmp_path: Path):
    table = pl.DataFrame({"x": [1 / 3, None, 1e-9], "y": pl.Series([1 / 3] * 3, dtype=pl.Float32), "n": [1, 2, 3]})
    write_table(table, tmp_path / "a.parquet")
    read = read_table(tmp_path / "a.parquet")
    assert read["x"].to_list() == [0.333333, None, 0.0]
    assert read.schema == table.schema


_ROWS = st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.integers(-5, 5)))


@given(_ROWS)
def test_a_table_comes_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]]):
    table = pl.DataFrame(rows, {"name": pl.String, "count": pl.Int64}, orient="row")
    path = tmp_path_factory.getbasetemp() / "table.parquet"
    write_table(table, path)
    assert_frame_equal(read_table(path), table)


def test_a_missing_table_names_its_stage(tmp_path: Path):
    with pytest.raises(DlpipeError, match="is missing") as caught:
        read_table(tmp_path / "solar" / "clean" / "samples.parquet")
    assert caught.value.fix == "run `dlpipe clean solar` first"


@pytest.mark.parametrize("damage", (b"", b"PAR1", b"no parquet at all"))
def test_a_damaged_table_is_an_integrity_error(damage: bytes, tmp_path: Path):
    (tmp_path / "a.parquet").write_bytes(damage)
    with pytest.raises(DlpipeError, match="cannot be read as Parquet") as caught:
        read_table(tmp_path / "a.parquet")
    assert caught.value.exit_code == Exit.INTEGRITY


@pytest.mark.parametrize("cut", (10, 100, 300))
def test_a_cut_off_table_is_an_integrity_error(cut: int, tmp_path: Path):
    write_table(_samples(*"abc"), tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(content[:-cut])
    with pytest.raises(DlpipeError, match="cannot be read as Parquet"):
        read_table(tmp_path / "a.parquet")


def test_attributes_are_what_is_left():
    table = pl.DataFrame(
        {name: ["x"] for name in ("id", "path", "digest", "row", "site", "label", "audio.path", "age")}
    )
    assert attributes(table) == ["site", "age"]


def test_checked_samples_are_sorted_by_id():
    assert check_samples(_samples("b", "a"), "ingest")["id"].to_list() == ["a", "b"]


@pytest.mark.parametrize(
    ("table", "problem"),
    (
        (_samples("a", "a"), "an id is null or stands twice"),
        (_samples("a", None), "an id is null or stands twice"),
        (_samples("a").drop("digest"), "column 'digest' must be String, is None"),
        (_samples("a").with_columns(id=pl.lit(1)), "column 'id' must be String, is Int32"),
    ),
)
def test_a_table_against_the_contract_is_a_bug_of_its_maker(table: pl.DataFrame, problem: str):
    with pytest.raises(ValueError, match=f"ingest: {problem}"):
        check_samples(table, "ingest")
