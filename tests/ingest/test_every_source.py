"""What every source must be true to, so that a new one is tested before it has a test of its own."""

from __future__ import annotations

import inspect
from contextlib import suppress
from typing import TYPE_CHECKING

import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError
from dlpipe.core.plugin import find, make, names, summary
from dlpipe.core.table import SAMPLE_COLUMNS, VOTE_COLUMNS
from dlpipe.ingest.sources import Source
from dlpipe.ingest.tables import is_free
from dlpipe.modalities.image import Image

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = names(Source)
TABLES = {"elpv": "images/cell0001.png 1.0 mono\n"}


@pytest.fixture
def raw(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    raw = tmp_path / "raw"
    (raw / "images").mkdir(parents=True)
    for number in (3, 1, 2):
        (raw / "images" / f"cell000{number}.png").write_bytes(b"not looked at")
    (raw / "images" / "notes.txt").write_bytes(b"x")
    name = request.node.callspec.params["name"]
    (raw / "labels.csv").write_text(TABLES.get(name, "path,label\nimages/cell0001.png,cat\n"), encoding="utf-8")
    return raw


def test_there_are_some():
    assert {"folder", "table", "elpv"} <= set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_it_says_what_it_is_and_what_its_settings_mean(name: str):
    source = find(Source, name)
    assert summary(source).endswith(".")
    assert all(field.description for field in source.model_fields.values())
    assert source.__name__.lower() == name.replace("_", "")
    assert not inspect.isabstract(source)
    for package in source.packages:
        assert len(package.sha256) == 64
        assert package.licence
        assert package.below


@pytest.mark.parametrize("name", SOURCES)
def test_the_listing_keeps_the_contract(name: str, raw: Path):
    listing = make(Source, name, {}).list(raw, Image())
    samples = listing.samples
    assert samples.columns[:2] == ["id", "path"]
    assert set(samples.dtypes) == {pl.String}
    assert samples["id"].n_unique() == samples.height == 3
    assert all((raw / path).is_file() for path in samples["path"])
    assert all(is_free(column) for column in samples.columns if column not in SAMPLE_COLUMNS)
    assert dict(listing.votes.schema) == VOTE_COLUMNS
    assert set(listing.votes["id"]) <= set(samples["id"])
    assert listing.votes["weight"].min() > 0
    assert "images/notes.txt" in {path for path, _, _ in listing.set_aside}


@pytest.mark.parametrize("name", SOURCES)
def test_it_says_the_same_every_time_and_no_place_of_this_machine(name: str, raw: Path, tmp_path: Path):
    source = make(Source, name, {})
    first = source.list(raw, Image())
    elsewhere = raw.rename(tmp_path / "elsewhere")
    again = source.list(elsewhere, Image())
    assert first.samples.equals(again.samples)
    assert first.votes.equals(again.votes)
    assert first.set_aside == again.set_aside
    assert str(tmp_path) not in repr(first.set_aside)


@pytest.mark.parametrize("name", SOURCES)
def test_an_empty_folder_is_no_sample_or_one_sentence(name: str, raw: Path, tmp_path: Path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with suppress(DlpipeError):
        assert make(Source, name, {}).list(empty, Image()).samples.is_empty()
