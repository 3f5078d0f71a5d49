from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from dlpipe.ingest.digests import with_digests

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_is_gone_is_set_aside_with_its_reason(tmp_path: Path):
    (tmp_path / "a b\n.png").write_bytes(b"hello")
    names = ["a b\n.png", "gone.png"]
    table, lost = with_digests(pl.DataFrame({"id": names, "path": names, "site": ["n", "s"]}), tmp_path)
    assert table.columns == ["id", "path", "digest", "site"]
    assert table["digest"].to_list() == [hashlib.sha256(b"hello").hexdigest()]
    assert lost == [("gone.png", "io_error", "it cannot be read: No such file or directory")]
