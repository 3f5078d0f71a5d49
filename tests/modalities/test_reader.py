from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from dlpipe.core import files
from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.filename import as_path, as_text
from dlpipe.modalities import Sample, Unreadable, read_checked
from dlpipe.modalities.image import Image
from tests.making import picture, write_pictures

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    write_pictures(tmp_path, 6, 32)
    return tmp_path


def samples(raw: Path) -> pl.DataFrame:
    paths = sorted(as_text(os.path.relpath(path, raw)) for path in raw.rglob("*") if path.is_file())
    return pl.DataFrame({"id": paths, "path": paths, "digest": [files.digest(raw / as_path(path)) for path in paths]})


def test_samples_in_the_tables_order(raw: Path):
    table = samples(raw).reverse()
    reader = Image(size_px=32).reader(raw, table)
    assert len(reader) == 6
    found = [reader[index] for index in range(6)]
    assert [sample.id for sample in found] == table["id"].to_list()
    for sample in found:
        assert isinstance(sample, Sample)
        kind, number = sample.id.split("/")
        assert np.array_equal(sample.value, picture(int(kind == "stripes"), int(number[:4]), 32))


def test_facts_tell_of_a_name_that_promises_another_format(raw: Path):
    shutil.copy(raw / "circles" / "0000.png", raw / "circles" / "0000.jpg")
    reader = Image().reader(raw, samples(raw))
    agree = [reader[index].facts["name_agrees"] for index in range(2)]  # type: ignore[union-attr] - both are readable
    assert agree == [False, True]


def test_an_unreadable_file_is_a_value_and_no_error(raw: Path):
    (raw / "a.png").write_bytes(b"hello")
    found = Image().reader(raw, samples(raw))[0]
    assert isinstance(found, Unreadable)
    assert (found.id, found.reason) == ("a.png", "wrong_format")


@pytest.mark.parametrize("fault", ("changed", "gone"))
def test_other_bytes_than_ingest_saw_are_refused(raw: Path, fault: str):
    table = samples(raw)
    path = raw / table["path"][0]
    if fault == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DlpipeError) as caught:
        Image().reader(raw, table)[0]
    assert caught.value.exit_code == Exit.INTEGRITY
    assert str(path) in caught.value.problem


def test_a_foreign_name(raw: Path):
    name = os.fsdecode(b"caf\xe9\n.png")
    shutil.copy(raw / "circles" / "0000.png", raw / name)
    assert read_checked(raw, "caf\\xe9\n.png", files.digest(raw / name))


def test_threads_may_share_one(raw: Path):
    reader = Image(size_px=32).reader(raw, samples(raw))
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda number: reader[number % 6].id, range(60)))
    assert found == samples(raw)["id"].to_list() * 10
