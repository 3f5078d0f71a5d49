from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import polars as pl
import pytest

from dlpipe import similarity
from dlpipe.core.errors import DlpipeError
from dlpipe.split.leaks import exact, grouped, later, near
from tests.holding import Held, places
from tests.similarity.changed import CHANGES, photos

SAMPLES = pl.DataFrame(
    {
        "id": [*"abcdef"],
        "digest": ["x", "y", "x", "z", "z", "w"],
        "split": ["train", "train", "test", "val", "val", "test"],
        "patient": ["1", "2", "2", None, None, "1"],
        "taken": ["2024-01-01", "2024-01-05", "2024-01-09", "2024-01-05", "2024-01-06", None],
    }
)
NONE = pl.DataFrame(schema={"id": pl.String, "cluster": pl.String})


def test_equal_bytes_on_two_sides():
    found = exact(SAMPLES)
    assert (found.num_checked, found.num_crossing, found.num_samples) == (6, 1, 2)
    assert found.examples == ["a (train), c (test)"]
    assert exact(SAMPLES.with_columns(row=pl.Series(range(6)))).num_crossing == 0


def test_groups_on_two_sides():
    found = grouped(SAMPLES, "patient")
    assert (found.num_checked, found.num_crossing, found.num_samples) == (4, 2, 4)
    assert found.examples == ["1: a (train), f (test)", "2: b (train), c (test)"]
    with pytest.raises(DlpipeError, match="did you mean 'patient'"):
        grouped(SAMPLES, "patien")


def test_samples_no_later_than_what_was_learnt():
    found = later(SAMPLES, "taken")
    assert (found.num_checked, found.num_crossing) == (5, 1)
    assert found.examples == ["d (val, 2024-01-05)"]
    assert later(SAMPLES.filter(pl.col("id") != "d"), "taken").num_crossing == 0


def test_copies_that_only_look_alike_in_pixels():
    random = np.random.default_rng(0)
    coarse = random.integers(0, 255, (3, 8, 8, 3), np.uint8)
    pictures = [np.asarray(cv2.resize(each, (128, 128), interpolation=cv2.INTER_CUBIC)) for each in coarse]
    pictures.insert(2, np.asarray(cv2.resize(pictures[0], (96, 96), interpolation=cv2.INTER_AREA)))
    samples = SAMPLES[:4].with_columns(split=pl.Series(["train", "train", "test", "test"]))
    prints = similarity.prints([similarity.fingerprint(each) for each in pictures])
    found = near(samples, np.arange(4), prints, NONE)
    assert (found.num_checked, found.num_crossing, found.num_samples) == (4, 1, 2)
    assert found.examples == ["a (train), c (test)"]
    known = pl.DataFrame({"id": ["b", "d"], "cluster": ["b", "b"]})
    assert near(samples, np.arange(4), prints, known).num_crossing == 2
    assert near(samples, np.zeros(0, np.intp), similarity.prints([]), NONE).num_crossing == 0


@pytest.mark.usefixtures("in_this_process")
def test_a_crop_needs_a_second_look():
    photo = photos(1)[0]
    pictures = [photo, CHANGES["5 % all round"](photo)]
    prints = similarity.prints([similarity.fingerprint(each) for each in pictures])
    samples = SAMPLES[:2].with_columns(split=pl.Series(["train", "test"]))
    assert near(samples, np.arange(2), prints, NONE).num_crossing == 0
    held: Any = Held(dict(zip("ab", pictures, strict=True)))
    closely = similarity.Closely(["a", "b"], places("ab"), held)
    assert near(samples, np.arange(2), prints, NONE, closely).examples == ["a (train), b (test)"]
