"""The strict reader of one-file forms."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.serve.body import RefusedError, only_file

KIND = "multipart/form-data; boundary=b0"
HEAD = b'--b0\r\nContent-Disposition: form-data; name="image"; filename="x.png"\r\n\r\n'


def status(body: bytes, kind: str = KIND) -> int:
    with pytest.raises(RefusedError) as caught:
        only_file(body, kind)
    return caught.value.answer.status_code


@given(st.binary(max_size=300).filter(lambda content: b"\r\n--b0" not in content))
def test_any_content_comes_back(content: bytes):
    assert only_file(HEAD + content + b"\r\n--b0--\r\n", KIND) == content


def test_quoted_boundary_and_no_last_newline():
    assert only_file(HEAD + b"PNG\r\n--b0--", 'multipart/form-data; boundary="b0"') == b"PNG"


@pytest.mark.parametrize(
    "body",
    (
        b"",
        b"PNG",
        HEAD,
        HEAD + b"PNG",
        HEAD + b"PNG\r\n--b0",
        HEAD + b"PNG\r\n--b0\r\n",
        HEAD + b"PNG\r\n--b0\r\n" + HEAD[6:] + b"PNG\r\n--b0--",
        b"preamble\r\n" + HEAD + b"PNG\r\n--b0--",
        b'--b0\r\nContent-Disposition: form-data; name="image"\r\n\r\nPNG\r\n--b0--',
        b"--b0\r\n" + b"x" * 5000 + b"\r\n\r\nPNG\r\n--b0--",
        HEAD + b"PNG\r\n--b0-- more",
    ),
)
def test_anything_else_is_refused(body: bytes):
    assert status(body) == 400


@pytest.mark.parametrize("boundary", ("", "x" * 71, "x" * 1_000_000, "a\x00b", '"a'))
def test_boundaries_are_short_and_plain(boundary: str):
    assert status(HEAD + b"PNG\r\n--b0--", f"multipart/form-data; boundary={boundary}") == 400


def test_a_million_parts_are_refused_at_once():
    started = time.monotonic()
    assert status(HEAD + b"\r\n--b0\r\n" * 1_000_000) == 400
    assert status(b"--b0\r\n" * 1_000_000) == 400
    assert time.monotonic() - started < 1
