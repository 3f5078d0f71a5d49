from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from dlpipe.modalities.pictures.metadata import NAME, POSITION, SERIAL, private

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF %s/></x:xmpmeta>'


def found(format_: str = "JPEG", **options: Any) -> list[str]:
    stream = io.BytesIO()
    Image.new("RGB", (9, 7)).save(stream, format_, **options)
    with Image.open(io.BytesIO(stream.getvalue())) as image:
        image.load()
        return private(image, stream.getvalue())


def exif(tags: dict[int, Any], inner: dict[int, Any] | None = None, gps: dict[int, Any] | None = None) -> Image.Exif:
    made = Image.Exif()
    made.update(tags)
    for place, values in ((0x8769, inner), (0x8825, gps)):
        if values:
            made.get_ifd(place).update(values)
            made[place] = values
    return made


@pytest.mark.parametrize("format_", ("JPEG", "PNG", "WEBP", "TIFF"))
def test_exif_tells_of_places_devices_and_people(format_: str):
    tags = exif(
        {0x013B: "Ann Example"}, {0xA431: "SN-123"}, {1: "N", 2: (48.0, 8.0, 15.0), 3: "E", 4: (11.0, 34.0, 30.0)}
    )
    assert found(format_, exif=tags) == [POSITION, NAME, SERIAL]


@pytest.mark.parametrize("format_", ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"))
def test_a_plain_picture_has_none(format_: str):
    assert found(format_) == []


def test_harmless_and_empty_tags_are_none():
    assert found(exif=exif({0x0112: 6, 0x010F: "Maker", 0x013B: " \0"}, {0xA431: ""}, {1: "N"})) == []


@pytest.mark.parametrize(
    ("words", "kinds"),
    (
        (b'exif:GPSLatitude="48,8.2N"', [POSITION]),
        (b'aux:SerialNumber="123"', [SERIAL]),
        (b'aux:OwnerName="Ann"', [NAME]),
        (b'tiff:Make="Maker"', []),
    ),
)
def test_xmp(words: bytes, kinds: list[str]):
    assert found(xmp=XMP % words) == kinds


def test_texts_of_a_png():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Ann Example")
    texts.add_itxt("Comment", 'exif:GPSLatitude="48"')
    assert found("PNG", pnginfo=texts) == [POSITION, NAME]
    empty = PngImagePlugin.PngInfo()
    empty.add_text("Software", "a camera")
    assert found("PNG", pnginfo=empty) == []


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damaged_exif_tells_nothing():
    assert found("PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff") == []
