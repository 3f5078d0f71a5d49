from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.core.filename import as_path, as_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "text"),
    (
        ("a/b.png", "a/b.png"),
        ("é.png", "é.png"),
        ("e\u0301.png", "e\u0301.png"),
        ("line\nbreak.png", "line\nbreak.png"),
        ("back\\slash.png", r"back\x5cslash.png"),
        (os.fsdecode(b"\xff.png"), r"\xff.png"),
        (r"\xff.png", r"\x5cxff.png"),
    ),
)
def test_text_and_back(name: str, text: str):
    assert as_text(name) == text
    assert as_path(text) == name


@given(st.binary(min_size=1).filter(lambda name: b"\0" not in name))
def test_every_name_has_its_own_text_that_leads_back(name: bytes):
    text = as_text(os.fsdecode(name))
    text.encode()  # no lone surrogate: a table can hold it
    assert os.fsencode(as_path(text)) == name


def test_a_backslash_that_starts_no_escape_stays():
    assert as_path(r"a\b") == r"a\b"


def test_a_file_of_a_foreign_name_opens_by_its_text(tmp_path: Path):
    name = b"caf\xe9 \\\n.png"
    (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    (found,) = (as_text(entry) for entry in os.listdir(tmp_path))
    assert (tmp_path / as_path(found)).read_bytes() == b"x"
