from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from PIL import Image

from dlpipe.clean.checks import Seen
from dlpipe.clean.checks.same_pixels import SamePixels
from tests.clean.audited import audited
from tests.clean.evidence import again, facts, sample, scene, votes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dlpipe.clean.checks import Finding


def judged(
    values: Mapping[str, np.ndarray], content: Sequence[str] = (), labels: Mapping[str, str] | None = None
) -> Finding:
    samples = [sample(name, value) for name, value in values.items()]
    digests = [hashlib.sha256(one.encode()).hexdigest() for one in content or values]
    table = pl.DataFrame({"id": list(values), "path": list(values), "digest": digests})
    check = SamePixels()
    looks = [check.look(one) for one in samples]
    return check.judge(Seen(table, votes(labels or {}), facts(samples), looks, None, again(samples)))


def test_same_pixels_in_other_bytes_are_found_and_one_is_kept() -> None:
    finding = judged({"c": scene(1), "a": scene(2), "b": scene(1)})
    assert finding.scores.tolist() == [1, 0, 0]
    assert finding.partners == ["b", None, None]
    assert finding.reasons == ["same pixels as b", "", ""]


def test_a_single_pixel_tells_pictures_apart() -> None:
    other = scene(1).copy()
    other[40, 40, 1] ^= 1
    assert judged({"a": scene(1), "b": other}).scores.tolist() == [0, 0]


def test_equal_bytes_are_left_to_the_check_for_them() -> None:
    finding = judged({"a": scene(1), "b": scene(1), "c": scene(1)}, content=["x", "x", "y"])
    assert finding.partners == [None, None, "a"]


def test_different_labels_are_told_of_both() -> None:
    finding = judged({"a": scene(1), "b": scene(1)}, labels={"a": "cat", "b": "dog"})
    assert finding.reasons == [
        "labels differ: 'cat' (a), 'dog' (b)",
        "same pixels as a; labels differ: 'cat' (a), 'dog' (b)",
    ]


def test_turned_by_a_quarter_is_not_the_same() -> None:
    """Equal bytes of pixels, another shape."""
    flat = np.full((20, 40, 3), 90, np.uint8)
    assert judged({"a": flat, "b": flat.transpose(1, 0, 2)}).scores.tolist() == [0, 0]


@pytest.mark.parametrize("size", (96, 900))
def test_files_saved_again_without_loss_are_found_large_jpegs_too(tmp_path: Path, size: int) -> None:
    """A large JPEG is looked at smaller than it is; its PNG is not."""
    for number in range(4):
        Image.fromarray(scene(number, size)).save(tmp_path / f"{number}.jpg", quality=95)
    with Image.open(tmp_path / "2.jpg") as photo:
        photo.load()
        photo.save(tmp_path / "again.png")
        photo.save(tmp_path / "again.bmp")
    seen = audited(tmp_path, same_pixels={})
    rows = seen.outcome.set_aside.select("id", "reasons").rows()
    assert rows == [("again.bmp", "same pixels as 2.jpg"), ("again.png", "same pixels as 2.jpg")]
