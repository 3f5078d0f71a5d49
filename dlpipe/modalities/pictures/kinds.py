"""What bytes are, by their first few, and whether their end is there: for messages that help."""

from __future__ import annotations

_STARTS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"BM", "bmp"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"%!PS", "PostScript"),
    (b"%PDF", "PDF"),
    (b"8BPS", "Photoshop"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SIMPLE  =", "FITS"),
    (b"\0\0\1\0", "an icon"),
    (b"icns", "an icon"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"version https://git-lfs", "a Git LFS pointer (`git lfs pull` gets the file)"),
)

_FTYP = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"avif": "AVIF", b"avis": "AVIF"}
_TEXT_BYTES = 256
_TAIL_BYTES = 1 << 16


def kind(content: bytes) -> str:
    """The format's name as `dataset.modality.formats` spells it, another format's name, `text` or `unknown`."""
    for start, name in _STARTS:
        if content.startswith(start):
            return name
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp":
        return _FTYP.get(content[8:12], "a video")
    return _text(content[:_TEXT_BYTES])


def _text(start: bytes) -> str:
    lowered = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith((b"<!doctype html", b"<html")):
        return "HTML (a web page saved as a picture?)"
    if lowered.startswith((b"<svg", b"<?xml")):
        return "SVG or XML"
    is_text = bool(start) and all(byte >= 32 or byte in b"\t\r\n" for byte in start) and start.isascii()  # noqa: PLR2004 - controls
    return "text" if is_text else "unknown"


def has_end(content: bytes, name: str) -> bool:
    """Whether the marks or lengths that a format ends with are there; True where a format has none."""
    tail = content[-_TAIL_BYTES:]
    if name == "jpeg":
        return b"\xff\xd9" in tail
    if name == "png":
        return b"IEND" in tail
    if name == "gif":
        return tail.rstrip(b"\0").endswith(b";")
    if name == "webp":
        return len(content) >= 8 + int.from_bytes(content[4:8], "little")
    if name == "bmp":
        return len(content) >= int.from_bytes(content[2:6], "little")
    return True
