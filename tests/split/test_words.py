from __future__ import annotations

import polars as pl

from dlpipe.split.words import split_words


def test_usual_words_become_ours():
    given = pl.Series(["Training", " valid ", "dev", "TESTING", "", "  ", None, "other"])
    assert split_words(given).to_list() == ["train", "val", "val", "test", None, None, None, "other"]
