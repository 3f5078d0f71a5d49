from __future__ import annotations

import io

import pytest
from PIL import Image

from dlpipe.modalities.pictures.kinds import has_end, kind

WRITTEN = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")


def saved(format_: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (9, 7), (200, 10, 10)).save(stream, format_)
    return stream.getvalue()


@pytest.mark.parametrize("format_", WRITTEN)
def test_what_pillow_writes(format_: str):
    assert kind(saved(format_)) == format_.lower()
    assert has_end(saved(format_), format_.lower())


@pytest.mark.parametrize("format_", ("JPEG", "PNG", "WEBP", "BMP", "GIF"))
def test_a_cut_file_lacks_its_end(format_: str):
    content = saved(format_)
    assert not has_end(content[: len(content) * 2 // 3], format_.lower())


@pytest.mark.parametrize(
    ("content", "name"),
    (
        (b"%!PS-Adobe", "PostScript"),
        (b"%PDF-1.7", "PDF"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypavif", "AVIF"),
        (b"\0\0\0\x18ftypisom", "a video"),
        (b"<!DOCTYPE html><html>", "HTML (a web page saved as a picture?)"),
        (b"\xef\xbb\xbf <svg>", "SVG or XML"),
        (b"hello\n", "text"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer (`git lfs pull` gets the file)"),
        (b"\1\2\3", "unknown"),
        (b"", "unknown"),
    ),
)
def test_what_else_lies_in_folders_of_pictures(content: bytes, name: str):
    assert kind(content) == name
