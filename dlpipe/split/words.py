"""What people call train, val and test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_WORDS = {"training": "train", "validation": "val", "valid": "val", "dev": "val", "testing": "test"}


def split_words(column: pl.Series) -> pl.Series:
    """A column of text in dlpipe's words, lower case without space around; null where there is nothing."""
    words = column.str.strip_chars().str.to_lowercase().replace(_WORDS)
    return words.set(words == "", None)
