from __future__ import annotations

from pathlib import Path

import polars as pl

from dlpipe.register.fitted import write_fitted

SPLIT = {"id": ["d", "c", "b", "a"], "digest": ["4", "3", "2", "1"], "split": ["train", None, "test", "val"]}


def test_holds_what_the_model_was_fitted_on_and_no_more(tmp_path: Path) -> None:
    pl.DataFrame(SPLIT).write_parquet(tmp_path / "samples.parquet")
    path, count = write_fitted(tmp_path / "samples.parquet", tmp_path)
    assert count == 2
    assert pl.read_parquet(path).rows() == [("a", "1"), ("d", "4")]


def test_samples_that_share_a_file_keep_their_rows(tmp_path: Path) -> None:
    pl.DataFrame({**SPLIT, "row": [0, 1, 2, 3]}).write_parquet(tmp_path / "samples.parquet")
    path, _ = write_fitted(tmp_path / "samples.parquet", tmp_path)
    assert pl.read_parquet(path).columns == ["id", "digest", "row"]


def test_the_same_split_gives_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    written = []
    for table in (pl.DataFrame(SPLIT), pl.DataFrame(SPLIT).reverse()):
        table.write_parquet(tmp_path / "samples.parquet")
        written.append(write_fitted(tmp_path / "samples.parquet", tmp_path)[0].read_bytes())
    assert written[0] == written[1]
