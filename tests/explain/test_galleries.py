from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from dlpipe.explain.galleries import Tile, overlaid, write
from tests.exported import random_pictures


def tiles(count: int, foot: str = "a/1.png") -> list[Tile]:
    return [Tile(one, np.eye(32), "a → b  0.91", foot, is_wrong=True) for one in random_pictures(count)]


def test_a_sheet_grows_with_its_tiles_and_is_the_same_each_time(tmp_path: Path) -> None:
    for count in (0, 1, 5):
        write("The surest errors", tiles(count), tmp_path / f"{count}.png")
    sizes = [Image.open(tmp_path / f"{count}.png").size for count in (0, 1, 5)]
    assert sizes[0] == sizes[1]
    assert sizes[2] > sizes[1]
    write("The surest errors", tiles(5), tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "5.png").read_bytes()


def test_any_name_may_stand_below_a_picture(tmp_path: Path) -> None:
    write("é 漢 <b>", tiles(2, "x" * 500 + "\u202e\x00"), tmp_path / "sheet.png")
    assert Image.open(tmp_path / "sheet.png").size[0] < 700


def test_where_the_map_is_empty_the_picture_stays_as_it_is() -> None:
    picture = random_pictures(1)[0]
    plain, hot = overlaid(picture, np.zeros((32, 32))), overlaid(picture, np.ones((32, 32)))
    assert plain.shape == hot.shape == (144, 144, 3)
    assert np.array_equal(plain[..., 0], plain[..., 1])
    assert not np.array_equal(hot, plain)
