"""A PNG's two decoders: they say the same, whatever was done to the file."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import kornia_rs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dlpipe.modalities import UnreadableError
from dlpipe.modalities.pictures.decode import decode
from tests.modalities.pictures.written import chunk, png, saved

LOOK_PX = 4
"""What asks for the quick decoder; a PNG is never made smaller."""
GREY = np.add.outer(np.arange(0, 90, 5), np.arange(0, 150, 7)).astype(np.uint8)
COLOURS = np.dstack([GREY, GREY[::-1], GREY + 90])
PLAIN = {"grey": GREY, "colours": COLOURS}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def said(content: bytes, least_px: int | None) -> tuple[Any, ...]:
    """Pixels and facts, or what is wrong."""
    try:
        pixels, facts = decode(content, ("png",), 1_000_000, least_px)
    except UnreadableError as error:
        return (error.reason, error.detail)
    return (pixels.shape, pixels.tobytes(), facts)


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of Pillow's decoders, as they are asked for."""
    names: list[str] = []
    decoder = Image._getdecoder  # pyright: ignore[reportPrivateUsage]

    def noted(mode: str, name: str, *of: Any) -> Any:
        names.append(name)
        return decoder(mode, name, *of)

    monkeypatch.setattr(Image, "_getdecoder", noted)
    return names


@pytest.mark.parametrize("kind", PLAIN)
def test_a_plain_picture_that_is_looked_at_is_decoded_by_the_crate(kind: str, used: list[str]):
    content = saved(Image.fromarray(PLAIN[kind]))
    found, _ = decode(content, ("png",), 1_000_000, LOOK_PX)
    assert "zip" not in used
    assert np.array_equal(found, COLOURS if kind == "colours" else np.dstack([GREY] * 3))
    assert (kind == "grey") == (found.strides[2] == 0)
    assert decode(content, ("png",), 1_000_000)[0].flags.writeable
    used.clear()
    assert said(content, None) == said(content, LOOK_PX)
    assert used[0] == "zip"


def others() -> dict[str, bytes]:
    """Pictures that Pillow makes something of."""
    image = Image.fromarray(COLOURS)
    return {
        "a palette": saved(image.quantize(16)),
        "alpha": saved(image.convert("RGBA")),
        "16 bits": saved(Image.fromarray(GREY.astype(np.uint16) * 250)),
        "1 bit": saved(Image.fromarray(GREY > 60)),
        "4 bits": png(4, 1, 4, 0, b"\0\x0f\x80"),
        "frames": saved(image, save_all=True, append_images=[image.rotate(90), image]),
    }


@pytest.mark.parametrize("kind", others())
def test_other_pictures_are_left_to_pillow(kind: str, used: list[str]):
    content = others()[kind]
    assert said(content, LOOK_PX) == said(content, None)
    assert set(used) <= {"zip", "raw"}


def test_a_transparent_colour_is_made_white_whoever_decodes():
    content = saved(Image.fromarray(COLOURS), transparency=(0, 85, 90))
    assert said(content, LOOK_PX) == said(content, None)
    assert said(content, None)[2]["transparent"]


def test_what_stands_behind_the_pixels_is_read_too():
    turned = Image.Exif()
    turned[0x0112] = 6
    body = turned.tobytes()[6:]
    whole = saved(Image.fromarray(GREY))
    extras = (chunk(b"eXIf", body), chunk(b"tEXt", b"Author\0Somebody"), chunk(b"tRNS", b"\0\5"))
    contents = [whole[:-12] + extra + whole[-12:] for extra in extras]
    found = [said(content, LOOK_PX) for content in contents]
    assert found == [said(content, None) for content in contents]
    facts = [one[2] for one in found]
    assert (facts[0]["orientation"], facts[1]["private"], facts[2]["transparent"]) == (6, "name of a person", True)


def test_a_wrong_checksum_of_the_packed_pixels_is_forgiven_by_both_where_that_of_the_chunk_is_right():
    packed = bytearray(zlib.compress(b"".join(b"\0" + row.tobytes() for row in GREY)))
    packed[-1] ^= 1
    whole = png(GREY.shape[1], GREY.shape[0], 8, 0, b"")
    place = whole.index(b"IDAT") - 4
    content = whole[:place] + chunk(b"IDAT", bytes(packed)) + chunk(b"IEND", b"")
    found = said(content, None)
    assert found == said(content, LOOK_PX)
    assert found[1] == np.dstack([GREY] * 3).tobytes()


class Panic(BaseException):
    """What a panic of Rust is in Python."""


@pytest.mark.parametrize("error", (Panic, ValueError))
def test_what_the_crate_cannot_read_is_read_by_pillow(error: type[BaseException], monkeypatch: pytest.MonkeyPatch):
    content = saved(Image.fromarray(GREY))
    expected = said(content, None)

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(kornia_rs.io, "decode_image_png_u8", fails)
    assert said(content, LOOK_PX) == expected


def test_who_ends_the_program_is_not_held_up(monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(kornia_rs.io, "decode_image_png_u8", interrupted)
    with pytest.raises(KeyboardInterrupt):
        decode(saved(Image.fromarray(GREY)), ("png",), 1_000_000, LOOK_PX)


KINDS = tuple(
    b"PLTE tRNS acTL fcTL fdAT IHDR gAMA sBIT bKGD eXIf iCCP zTXt iTXt tEXt pHYs tIME sRGB IDAT QUUX quux".split()
)


@st.composite
def rewritten(draw: st.DrawFn) -> bytes:
    """A plain PNG of which something was changed, with every chunk's checksum right again."""
    pixels = PLAIN[draw(st.sampled_from(sorted(PLAIN)))]
    rows = bytearray(
        b"".join(bytes([draw(st.sampled_from((*range(5), *range(1, 6))))]) + row.tobytes() for row in pixels[:4])
    )
    if draw(st.sampled_from((False, False, True))):
        rows = rows[: draw(st.integers(0, len(rows)))] + draw(st.binary(max_size=9))
    packed = bytearray(zlib.compress(bytes(rows)))
    for place, bit in draw(st.lists(st.tuples(st.integers(-8, len(packed) - 1), st.integers(0, 7)), max_size=1)):
        packed[place] ^= 1 << bit
    packed += draw(st.binary(max_size=6))
    del packed[len(packed) - draw(st.sampled_from((0, 0, 0, 1, 4, 9))) :]
    cut = draw(st.integers(0, len(packed)))
    header = [pixels.shape[1], 4, 8, 0 if pixels.ndim == 2 else 2, 0, 0, draw(st.sampled_from((0, 0, 0, 1)))]
    made = st.builds(chunk, st.sampled_from(KINDS), st.binary(max_size=26))
    extra = st.one_of(*[st.just(b"")] * 4, made)
    parts = (
        *(b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", struct.pack(">IIBBBBB", *header)), draw(extra)),
        *(chunk(b"IDAT", bytes(packed[:cut])), draw(extra), chunk(b"IDAT", bytes(packed[cut:])), draw(extra)),
        *(chunk(b"IEND", b""), draw(st.binary(max_size=5))),
    )
    return b"".join(parts)


@settings(max_examples=400, deadline=2000)
@given(rewritten())
def test_both_say_the_same_of_whatever_was_written_anew(content: bytes):
    assert said(content, LOOK_PX) == said(content, None)


@settings(max_examples=200, deadline=2000)
@given(
    st.sampled_from(sorted(PLAIN)),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=4),
    st.integers(0, 60),
)
def test_both_say_the_same_of_whatever_was_damaged(kind: str, changes: list[tuple[int, int]], cut: int):
    content = bytearray(saved(Image.fromarray(PLAIN[kind])))
    for place, value in changes:
        content[place % len(content)] = value
    damaged = bytes(content[: len(content) - cut])
    assert said(damaged, LOOK_PX) == said(damaged, None)
