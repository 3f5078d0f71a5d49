from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.core.project import Project
from dlpipe.core.stage import STAGES, Inputs
from dlpipe.dataset import Dataset
from dlpipe.embed.vectors import cached_vectors
from tests.exported import SIZE_PX, small_onnx
from tests.making import write_pictures
from tests.test_encoding import table


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    write_pictures(tmp_path / "raw", 5, SIZE_PX)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "backbone.onnx").write_bytes(small_onnx())
    dataset = {"modality": {"name": "image", "size_px": SIZE_PX}, "task": {"name": "classification"}}
    return Inputs(STAGES["embed"], "demo", Project(tmp_path), Dataset.model_validate(dataset), tmp_path / "raw")


def test_only_what_is_not_known_is_computed(inputs: Inputs, tmp_path: Path) -> None:
    backbone, samples = tmp_path / "cache" / "backbone.onnx", table(inputs.raw)
    first = cached_vectors(backbone, inputs, samples[:3])
    second = cached_vectors(backbone, inputs, samples)
    third = cached_vectors(backbone, inputs, samples)
    assert [found.num_computed for found in (first, second, third)] == [3, 2, 0]
    assert second.table.schema == {"digest": pl.String, "vector": pl.Array(pl.Float32, 4)}
    assert third.table.sort("digest").equals(second.table.sort("digest"))


def test_the_same_bytes_are_computed_once(inputs: Inputs, tmp_path: Path) -> None:
    samples = table(inputs.raw)
    twice = pl.concat([samples, samples.with_columns(id="again/" + pl.col("id"))])
    assert cached_vectors(tmp_path / "cache" / "backbone.onnx", inputs, twice).num_computed == 5


def test_a_damaged_cache_is_named(inputs: Inputs, tmp_path: Path) -> None:
    (tmp_path / "cache" / "bad.parquet").write_bytes(b"torn")
    with pytest.raises(DlpipeError, match=r"bad\.parquet cannot be read") as caught:
        cached_vectors(tmp_path / "cache" / "backbone.onnx", inputs, table(inputs.raw))
    assert caught.value.exit_code == Exit.INTEGRITY
