from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dlpipe.core.errors import DlpipeError, Exit
from dlpipe.encoding import BATCH_SIZE, EncodedSamples
from dlpipe.modalities.image import Image
from tests.clean.crashing import CRASH, Crashing
from tests.making import write_pictures

IMAGE = Image(size_px=16)


def table(raw: Path) -> pl.DataFrame:
    paths = sorted(path for path in raw.rglob("*") if path.is_file())
    names = [path.relative_to(raw).as_posix() for path in paths]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    return pl.DataFrame({"id": names, "path": names, "digest": digests})


def test_batches_hold_every_readable_sample_in_the_tables_order(tmp_path: Path) -> None:
    write_pictures(tmp_path, BATCH_SIZE + 6, 16)
    (tmp_path / "a-broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    samples = table(tmp_path)
    encoded = EncodedSamples(IMAGE, tmp_path, samples, "reading")
    batches = list(encoded)
    assert [len(batch.inputs) for batch in batches] == [BATCH_SIZE, 6]
    positions = [position for batch in batches for position in batch.positions]
    assert positions == list(range(1, BATCH_SIZE + 7))
    assert [refused.id for refused in encoded.unreadable] == ["a-broken.png"]
    reader = IMAGE.reader(tmp_path, samples)
    np.testing.assert_array_equal(batches[1].inputs[-1], IMAGE.encode(reader[positions[-1]].value))


def test_a_changed_file_stops_it(tmp_path: Path) -> None:
    write_pictures(tmp_path, 2, 16)
    samples = table(tmp_path)
    (tmp_path / samples["path"][1]).write_bytes(b"other")
    with pytest.raises(DlpipeError) as caught:
        list(EncodedSamples(IMAGE, tmp_path, samples, "reading"))
    assert caught.value.exit_code == Exit.INTEGRITY


def test_no_sample_no_batch(tmp_path: Path) -> None:
    schema = {"id": pl.String, "path": pl.String, "digest": pl.String}
    assert list(EncodedSamples(IMAGE, tmp_path, pl.DataFrame(schema=schema), "reading")) == []


def test_a_file_that_crashes_its_decoder_is_unreadable_where_it_is_isolated(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b", CRASH), ("c", b"3")):
        (tmp_path / name).write_bytes(content)
    encoded = EncodedSamples(Crashing(), tmp_path, table(tmp_path), "reading", isolated=True)
    (batch,) = encoded
    assert batch.positions == [0, 2]
    assert batch.inputs[:, 0].tolist() == [ord("1"), ord("3")]
    assert [(refused.id, refused.reason) for refused in encoded.unreadable] == [("b", "crashed")]
