"""Golden pixels for every way in which a picture can be stored, and a reason for every way in which it can be broken."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, ImageSequence

from dlpipe.modalities import UnreadableError
from dlpipe.modalities.pictures.decode import decode
from tests.modalities.pictures.written import chunk, png, saved

ALL = ("jpeg", "png", "webp", "bmp", "gif", "tiff")
MEGA = 50_000_000
REASONS = {"empty", "wrong_format", "truncated", "damaged", "too_many_pixels", "unsupported"}
RAMP = np.linspace(0, 255, 6 * 8 * 3).reshape(6, 8, 3).astype(np.uint8)


def pixels(content: bytes, formats: tuple[str, ...] = ALL) -> np.ndarray[Any, Any]:
    return decode(content, formats, MEGA)[0]


@pytest.mark.parametrize("format_", ("PNG", "WEBP", "BMP", "TIFF"))
def test_lossless_formats_give_the_pixels_back(format_: str):
    content = saved(Image.fromarray(RAMP), format_, **({"lossless": True} if format_ == "WEBP" else {}))
    found, facts = decode(content, ALL, MEGA)
    assert np.array_equal(found, RAMP)
    said = {"mode": "RGB", "format": format_.lower(), "num_bytes": len(content)}
    told = {"several_frames": False, "transparent": False, "private": ""}
    assert facts == {"width": 8, "height": 6, "orientation": 1, **told, **said}


def test_pixels_are_of_ones_own_and_in_order():
    found = pixels(saved(Image.fromarray(RAMP), exif=exif(6)))
    assert found.flags.c_contiguous
    assert found.flags.writeable


def exif(orientation: int) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = orientation
    return made


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ("PNG", "JPEG", "TIFF", "WEBP"))
def test_orientation_is_applied_once(orientation: int, format_: str):
    options = {"lossless": True} if format_ == "WEBP" else {}
    content = saved(Image.fromarray(RAMP), format_, exif=exif(orientation), **options)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB"))
    found, facts = decode(content, ALL, MEGA)
    assert np.array_equal(found, upright)
    assert facts["orientation"] == (1 if format_ == "TIFF" else orientation)  # Pillow turns a TIFF as it loads it
    assert (facts["width"], facts["height"]) == ((8, 6) if orientation < 5 else (6, 8))


def test_all_eight_orientations_of_one_scene_give_the_same_pixels():
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's Transpose that stores the scene so
    for orientation, method in undo.items():
        image = Image.fromarray(RAMP)
        stored = image if method is None else image.transpose(Image.Transpose(method))
        assert np.array_equal(pixels(saved(stored, exif=exif(orientation))), RAMP), orientation


def photo(width: int = 640) -> Image.Image:
    from sklearn.datasets import load_sample_image

    return Image.fromarray(load_sample_image("china.jpg")).resize((width, width * 2 // 3))


@pytest.mark.parametrize("mode", ("RGB", "L", "CMYK"))
@pytest.mark.parametrize("progressive", (False, True))
def test_a_jpeg_may_be_decoded_smaller_with_the_same_facts(mode: str, progressive: bool):
    content = saved(photo().convert(mode), "JPEG", progressive=progressive, exif=exif(6))
    whole, facts = decode(content, ALL, MEGA)
    small, told = decode(content, ALL, MEGA, 160)
    assert (told, facts["width"], facts["height"]) == (facts, 426, 640)
    assert (whole.shape, small.shape) == ((640, 426, 3), (160, 107, 3))
    far = [
        np.asarray(Image.fromarray(one).resize((27, 40), Image.Resampling.BOX)).astype(int) for one in (whole, small)
    ]
    assert np.abs(far[0] - far[1]).mean() < 2


@pytest.mark.parametrize(("least_px", "longer"), ((641, 640), (321, 640), (320, 320), (160, 160), (80, 80), (1, 80)))
def test_no_smaller_than_is_asked_for(least_px: int, longer: int):
    assert decode(saved(photo(), "JPEG"), ALL, MEGA, least_px)[0].shape[1] == longer


@pytest.mark.parametrize("format_", ("PNG", "WEBP", "BMP", "GIF", "TIFF"))
def test_other_formats_come_in_full(format_: str):
    content = saved(photo(), format_)
    assert np.array_equal(decode(content, ALL, MEGA, 10)[0], pixels(content))


def test_a_strip_that_is_too_thin_to_be_scaled_comes_in_full():
    assert decode(saved(Image.new("RGB", (4000, 3)), "JPEG"), ALL, MEGA, 100)[0].shape == (3, 4000, 3)


@pytest.mark.parametrize("value", (0, 9, 65535))
def test_an_orientation_that_is_none_changes_nothing(value: int):
    content = saved(Image.fromarray(RAMP), exif=exif(value))
    assert np.array_equal(pixels(content), RAMP)


def test_a_damaged_exif_block_does_not_cost_the_picture():
    content = saved(Image.fromarray(RAMP), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    found, facts = decode(content, ALL, MEGA)
    assert np.array_equal(found, RAMP)
    assert facts["orientation"] in {0, 1}


@pytest.mark.parametrize("format_", ("PNG", "TIFF"))
def test_16_bit_grey_is_scaled_and_not_clipped(format_: str):
    values = np.array([[0, 255, 256], [40_000, 65_279, 65_535]], dtype=np.uint16)
    found, facts = decode(saved(Image.fromarray(values), format_), ALL, MEGA)
    assert np.array_equal(found[..., 0], [[0, 0, 1], [156, 254, 255]])
    assert np.array_equal(found[..., 0], found[..., 2])
    assert facts["mode"] == "I;16"


def test_16_bit_big_endian_tiff():
    import cv2

    values = np.array([[0, 256, 40_000, 65_535]], dtype=np.uint16)
    content = saved(Image.fromarray(values.astype(">u2")), "TIFF")
    assert content.startswith((b"MM", b"II"))
    assert np.array_equal(pixels(content)[0, :, 1], [0, 1, 156, 255])
    written = cv2.imencode(".png", values)[1].tobytes()
    assert np.array_equal(pixels(written)[0, :, 1], [0, 1, 156, 255])


def test_16_bit_colour_takes_the_high_byte_too():
    import cv2

    values = np.full((2, 2, 3), (40_000, 256, 65_535), dtype=np.uint16)
    written = cv2.imencode(".png", values[..., ::-1])[1].tobytes()
    assert pixels(written)[0, 0].tolist() == [156, 1, 255]


def test_16_bit_grey_with_alpha_lies_over_white():
    rows = b"\0" + struct.pack(">HHHH", 40_000, 65_535, 0, 0)
    assert pixels(png(2, 1, 16, 4, rows))[0].tolist() == [[156] * 3, [255] * 3]


@pytest.mark.parametrize("mode", ("RGBA", "LA"))
def test_alpha_lies_over_white(mode: str):
    grey = np.array([[[0, 0], [0, 255], [100, 128]]], dtype=np.uint8)
    stored = np.dstack([grey[..., :1].repeat(3, 2), grey[..., 1]]) if mode == "RGBA" else grey
    found = pixels(saved(Image.fromarray(stored, mode)))
    assert found[0].tolist() == [[255] * 3, [0] * 3, [177] * 3]  # 100 * 128/255 + 255 * 127/255 = 177.2


def test_a_transparent_palette_lies_over_white():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    found = pixels(saved(image, "PNG", transparency=0))
    assert found[0].tolist() == [[255, 255, 255], [200, 100, 50]]
    assert pixels(saved(image, "PNG"))[0].tolist() == [[10, 20, 30], [200, 100, 50]]
    assert pixels(saved(image, "GIF", transparency=0))[0].tolist() == [[255, 255, 255], [200, 100, 50]]


def test_a_transparent_colour_lies_over_white():
    image = Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], dtype=np.uint8))
    assert pixels(saved(image, "PNG", transparency=(1, 2, 3)))[0].tolist() == [[255] * 3, [4, 5, 6]]


def test_one_bit_and_grey():
    assert pixels(saved(Image.fromarray(np.array([[True, False]]))))[0].tolist() == [[255] * 3, [0] * 3]
    assert pixels(saved(Image.fromarray(np.array([[7, 200]], dtype=np.uint8))))[0].tolist() == [[7] * 3, [200] * 3]


@pytest.mark.parametrize("format_", ("JPEG", "TIFF"))
def test_cmyk(format_: str):
    ink = np.zeros((8, 8, 4), dtype=np.uint8)
    ink[:, :4] = (0, 255, 255, 0)
    ink[:, 4:] = (0, 0, 0, 255)
    found, facts = decode(
        saved(Image.fromarray(ink, "CMYK"), format_, **({"quality": 100} if format_ == "JPEG" else {})), ALL, MEGA
    )
    assert facts["mode"] == "CMYK"
    assert np.abs(found[4, 1].astype(int) - (255, 0, 0)).max() <= 3
    assert np.abs(found[4, 6].astype(int)).max() <= 3


@pytest.mark.parametrize("format_", ("GIF", "WEBP", "PNG", "TIFF"))
def test_of_several_frames_the_first(format_: str):
    first, second = (Image.new("RGB", (16, 16), colour) for colour in ((200, 0, 0), (0, 0, 200)))
    options: dict[str, Any] = {"save_all": True, "append_images": [second]}
    found, facts = decode(
        saved(first, format_, **options, **({"lossless": True} if format_ == "WEBP" else {})), ALL, MEGA
    )
    assert facts["several_frames"] is True
    assert found[3, 3].tolist() == [200, 0, 0]


@pytest.mark.parametrize("format_", ("GIF", "WEBP", "PNG", "TIFF"))
def test_of_hundreds_of_frames_none_but_the_first_is_decoded(format_: str, monkeypatch: pytest.MonkeyPatch):
    """Frames have no limit of their own, for they cost nothing."""
    frames = [Image.new("L", (64, 64), shade) for shade in (200, 40, 90)]
    few, many = (saved(frames[0], format_, save_all=True, append_images=frames[1:] * n) for n in (1, 300))
    used: list[str] = []
    decoder = Image._getdecoder  # pyright: ignore[reportPrivateUsage] - asked for once a picture that is decoded

    def counted(mode: str, name: str, *of: Any) -> Any:
        used.append(name)
        return decoder(mode, name, *of)

    monkeypatch.setattr(Image, "_getdecoder", counted)
    found, facts = decode(many, ALL, MEGA)
    assert facts["several_frames"] is True
    assert len(used) == 1
    assert np.array_equal(found, pixels(few))
    assert np.abs(found[9, 9].astype(int) - 200).max() <= 2
    used.clear()
    with Image.open(io.BytesIO(many)) as image:
        assert sum(frame.convert("RGB").size == (64, 64) for frame in ImageSequence.Iterator(image)) == 601
    assert len(used) == 601


def test_frames_that_are_only_promised_or_go_in_a_circle_cost_nothing():
    rows = b"\0" * (1 + 4) * 4
    control = chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    assert pixels(png(4, 4, 8, 0, rows, control)).shape == (4, 4, 3)
    tiff = bytearray(saved(Image.fromarray(RAMP), "TIFF"))
    first = struct.unpack("<I", tiff[4:8])[0]
    number = struct.unpack("<H", tiff[first : first + 2])[0]
    place = first + 2 + 12 * number
    tiff[place : place + 4] = struct.pack("<I", first)
    found = pixels(bytes(tiff))
    assert np.array_equal(found, RAMP)


def test_a_cameras_jpeg_with_a_second_picture():
    first, second = (Image.new("RGB", (16, 16), colour) for colour in ((200, 0, 0), (0, 0, 200)))
    found, facts = decode(saved(first, "MPO", save_all=True, append_images=[second]), ALL, MEGA)
    assert facts["format"] == "jpeg"
    assert facts["several_frames"] is True
    assert found[3, 3, 0] > 190


@pytest.mark.parametrize("mode", ("I", "F", "LAB"))
def test_pixels_without_a_known_range_are_refused(mode: str):
    image = Image.new(mode, (4, 4))
    with pytest.raises(UnreadableError) as caught:
        pixels(saved(image, "TIFF"))
    assert caught.value.reason == "unsupported"


def reason(content: bytes, formats: tuple[str, ...] = ALL, limit: int = MEGA) -> str:
    with pytest.raises(UnreadableError) as caught:
        decode(content, formats, limit)
    assert caught.value.detail
    assert "0x" not in caught.value.detail
    return caught.value.reason


def test_no_bytes():
    assert reason(b"") == "empty"


@pytest.mark.parametrize(
    "content",
    (
        b"hello, I am a text\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\0" * 100,
        b"x",
    ),
)
def test_what_is_no_picture(content: bytes):
    assert reason(content) == "wrong_format"


def test_a_format_that_is_not_asked_for_is_named():
    tiff = saved(Image.fromarray(RAMP), "TIFF")
    with pytest.raises(UnreadableError, match=r"its content is tiff; dataset\.modality\.formats has jpeg, png"):
        decode(tiff, ("jpeg", "png"), MEGA)


@pytest.mark.parametrize("format_", ("JPEG", "PNG", "WEBP", "BMP", "GIF"))
@pytest.mark.parametrize("share", range(5, 100, 5))
def test_cut_off_at_every_twentieth(format_: str, share: int):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    content = saved(Image.fromarray(noise), format_)
    assert reason(content[: len(content) * share // 100]) == "truncated"


def test_a_picture_that_is_whole_but_wrong_inside_is_damaged():
    content = bytearray(saved(Image.fromarray(RAMP)))
    place = content.index(b"IDAT") + 8
    content[place : place + 8] = b"\xff" * 8
    assert reason(bytes(content)) == "damaged"


def test_bombs_are_small_on_the_disk():
    rows = b"\0" * (1 + 13_000 // 8) * 13_000
    assert reason(png(13_000, 13_000, 1, 0, rows)) == "too_many_pixels"
    assert reason(png(2**31 - 1, 2**31 - 1, 8, 2, b"\0")) == "too_many_pixels"
    assert reason(png(1, 60_000, 1, 0, b"\0\0" * 60_000)) == "too_many_pixels"
    assert reason(saved(Image.new("1", (10_000, 10_000)))) == "too_many_pixels"


def text_bomb(kind: bytes, number: int, behind: bool = False) -> bytes:
    """A PNG with texts of 64 MB each, packed to 64 KB, before or behind its pixels."""
    packed = zlib.compress(bytes(64_000_000))
    body = b"Comment\0\0" + packed if kind == b"zTXt" else b"Comment\0\1\0\0\0" + packed
    whole = png(8, 6, 8, 2, b"".join(b"\0" + row.tobytes() for row in RAMP))
    place = whole.index(b"IEND" if behind else b"IDAT") - 4
    return whole[:place] + chunk(kind, body) * number + whole[place:]


@pytest.mark.parametrize("behind", (False, True))
@pytest.mark.parametrize("kind", (b"zTXt", b"iTXt"))
def test_texts_that_unpack_to_very_much_are_not_unpacked(kind: bytes, behind: bool):
    content = text_bomb(kind, 20, behind)
    assert len(content) < 2_000_000
    tracemalloc.start()
    found = reason(content)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == "damaged"
    assert most < 16 * 2**20


def test_the_limit_is_that_of_the_pipeline():
    content = saved(Image.fromarray(RAMP))
    assert decode(content, ALL, 48)[1]["width"] == 8
    assert reason(content, limit=47) == "too_many_pixels"


def test_a_pipeline_may_allow_more_than_pillow_does(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    assert decode(saved(Image.fromarray(RAMP)), ALL, 100)[1]["width"] == 8


pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::PIL.Image.DecompressionBombWarning")
SEEDS = [saved(Image.fromarray(RAMP), format_) for format_ in ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")]


JPEGS = [saved(photo(96), "JPEG", progressive=progressive) for progressive in (False, True)]
CHANGES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6)


def said(content: bytes, least_px: int | None) -> dict[str, Any] | str:
    try:
        return decode(content, ALL, 1_000_000, least_px)[1]
    except UnreadableError as error:
        return str(error)


@settings(max_examples=200, deadline=2000)
@given(st.sampled_from(JPEGS), CHANGES, st.integers(0, 200))
def test_decoded_smaller_a_damaged_jpeg_is_what_it_is_in_full(seed: bytes, changes: list[tuple[int, int]], cut: int):
    content = bytearray(seed)
    for place, value in changes:
        content[place % len(content)] = value
    cut_off = bytes(content[: len(content) - cut])
    assert said(cut_off, 12) == said(cut_off, None)


@settings(max_examples=300, deadline=2000)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6),
    st.integers(0, 200),
)
def test_whatever_is_changed_it_is_a_picture_or_has_a_reason(seed: bytes, changes: list[tuple[int, int]], cut: int):
    content = bytearray(seed)
    for place, value in changes:
        content[place % len(content)] = value
    try:
        found, facts = decode(bytes(content[: len(content) - cut % len(content)]), ALL, 1_000_000)
    except UnreadableError as error:
        known = error.reason in REASONS
    else:
        known = found.shape == (facts["height"], facts["width"], 3) and found.dtype == np.uint8
    assert known
