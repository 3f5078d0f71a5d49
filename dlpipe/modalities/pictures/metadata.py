"""Whether a picture's metadata tell of people and places: by kind, never the values, which would spread them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from PIL import Image

_EXIF, _GPS = 0x8769, 0x8825
_SERIAL = (0xA431, 0xA435, 0xC62F)
"""BodySerialNumber, LensSerialNumber, CameraSerialNumber (EXIF 2.32, DNG)."""
_NAMES = (0x013B, 0x8298, 0xA430, 0x9C9D)
"""Artist, Copyright, CameraOwnerName, XPAuthor."""
_PLACE = (2, 4)
"""GPSLatitude, GPSLongitude."""

POSITION, SERIAL, NAME = "GPS position", "serial number", "name of a person"

_WORDS = (
    (POSITION, re.compile(rb"GPSLatitude|GPSLongitude|GPSPosition", re.IGNORECASE)),
    (SERIAL, re.compile(rb"SerialNumber", re.IGNORECASE)),
    (
        NAME,
        re.compile(rb"OwnerName|dc:creator|photoshop:AuthorsPosition|Iptc4xmpCore:CreatorContactInfo", re.IGNORECASE),
    ),
)
_AUTHOR = re.compile(r"author|artist|creator|owner|copyright", re.IGNORECASE)
_XMP = re.compile(rb"<x:xmpmeta.{0,262144}?</x:xmpmeta>", re.DOTALL)


def private(image: Image.Image, content: bytes) -> list[str]:
    """Kinds of private metadata, sorted: of EXIF, XMP, and the texts of a PNG. Damaged blocks tell nothing."""
    return sorted({*_of_exif(image), *_of_xmp(content), *_of_texts(image)})


def _of_exif(image: Image.Image) -> Iterator[str]:
    if "exif" not in image.info and image.format not in {"TIFF", "MPO"}:
        return
    try:
        exif = image.getexif()
        inner, gps = exif.get_ifd(_EXIF), exif.get_ifd(_GPS)
    except Exception:  # noqa: BLE001 - whatever Pillow makes of a damaged block, which the facts tell of
        return
    if any(gps.get(tag) for tag in _PLACE):
        yield POSITION
    if _any_text(exif, _SERIAL) or _any_text(inner, _SERIAL):
        yield SERIAL
    if _any_text(exif, _NAMES) or _any_text(inner, _NAMES):
        yield NAME


def _any_text(tags: Mapping[int, Any], wanted: tuple[int, ...]) -> bool:
    return any(str(tags.get(tag) or "").strip("\0 ") for tag in wanted)


def _of_xmp(content: bytes) -> Iterator[str]:
    found = _XMP.search(content) if b"<x:xmpmeta" in content else None
    if found is not None:
        yield from (kind for kind, words in _WORDS if words.search(found[0]))


def _of_texts(image: Image.Image) -> Iterator[str]:
    texts: Mapping[str, Any] = getattr(image, "text", {}) if image.format == "PNG" else {}
    if any(_AUTHOR.search(key) and str(value).strip() for key, value in texts.items()):
        yield NAME
    for value in texts.values():
        yield from (kind for kind, words in _WORDS if words.search(str(value)[:262_144].encode()))
