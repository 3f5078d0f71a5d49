from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from dlpipe.page.thumbnail import SIDE_PX, thumbnail
from tests.making import picture


def decoded(address: str) -> Image.Image:
    head, _, content = address.partition(",")
    assert head == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(content)))


@pytest.mark.parametrize(
    ("shape", "size"),
    (((352, 704, 3), (SIDE_PX, SIDE_PX // 2)), ((20, 10, 3), (10, 20)), ((3000, 1, 3), (1, SIDE_PX))),
)
def test_its_longest_side(shape: tuple[int, ...], size: tuple[int, int]):
    assert decoded(thumbnail(np.zeros(shape, np.uint8))).size == size


def test_it_looks_like_the_picture_and_holds_nothing_else():
    value = picture(0, 1, SIDE_PX)
    small = decoded(thumbnail(value))
    assert np.abs(np.asarray(small).astype(int) - value).mean() < 10
    assert not small.getexif()
    assert set(small.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_colours_are_in_their_order():
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 255
    assert np.asarray(decoded(thumbnail(red)))[32, 32].tolist()[0] > 240
