from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from pydantic import ValidationError

from dlpipe.modalities import UnreadableError
from dlpipe.modalities.image import Image

PHOTO = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)


def test_shrinking_averages_areas_as_opencv_does():
    encoded = Image(size_px=20).encode(PHOTO)
    assert encoded.shape == (3, 20, 20)
    assert np.array_equal(encoded, cv2.resize(PHOTO, (20, 20), interpolation=cv2.INTER_AREA).transpose(2, 0, 1))


def test_shrinking_by_a_whole_number_is_the_mean_of_each_block():
    encoded = Image(size_px=20).encode(PHOTO[:, :40])
    blocks = PHOTO[:, :40].reshape(20, 2, 20, 2, 3).astype(float).mean((1, 3)).transpose(2, 0, 1)
    assert np.abs(encoded - blocks).max() <= 0.5


@pytest.mark.parametrize("size_px", (41, 50, 100))
def test_growing_is_linear(size_px: int):
    wanted = cv2.resize(PHOTO, (size_px, size_px), interpolation=cv2.INTER_LINEAR)
    assert np.array_equal(Image(size_px=size_px).encode(PHOTO), wanted.transpose(2, 0, 1))


def test_the_right_size_stays_as_it_is():
    assert np.array_equal(Image(size_px=40).encode(PHOTO[:, :40]), PHOTO[:, :40].transpose(2, 0, 1))


def test_formats_are_those_of_the_settings():
    stream = io.BytesIO()
    Pillow.fromarray(PHOTO).save(stream, "TIFF")
    with pytest.raises(UnreadableError, match="its content is tiff"):
        Image().decode(stream.getvalue())
    assert Image(formats=("tiff",)).decode(stream.getvalue())[1]["format"] == "tiff"


def test_max_megapixels():
    stream = io.BytesIO()
    Pillow.fromarray(PHOTO).save(stream, "PNG")
    assert Image(max_megapixels=0.0024).decode(stream.getvalue())[1]["height"] == 40
    with pytest.raises(UnreadableError, match="60 x 40 pixels are too many"):
        Image(max_megapixels=0.0023).decode(stream.getvalue())


@pytest.mark.parametrize(
    ("path", "format_", "agrees"), (("a/b.JPG", "jpeg", True), ("a.jpeg", "jpeg", True), ("a.png", "jpeg", False))
)
def test_a_name_that_promises_another_format(path: str, format_: str, agrees: bool):
    assert Image().facts_of_name(path, {"format": format_}) == {"name_agrees": agrees}


def test_every_format_pillow_may_say_has_its_endings():
    for format_ in ("jpeg", "png", "webp", "bmp", "gif", "tiff"):
        assert Image().facts_of_name(f"a.{format_}", {"format": format_}) == {"name_agrees": True}


@pytest.mark.parametrize("wrong", ({"size_px": 8}, {"formats": ("eps",)}, {"formats": ()}, {"max_megapixels": 0}))
def test_settings_are_bounded(wrong: dict):
    with pytest.raises(ValidationError):
        Image.model_validate(wrong)
