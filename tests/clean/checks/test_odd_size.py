from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dlpipe.clean.checks import Seen
from dlpipe.clean.checks.odd_size import OddSize


def judged(*sizes: tuple[int, int]) -> list[float]:
    ids = [str(number) for number in range(len(sizes))]
    facts = pl.DataFrame(sizes, schema=["width", "height"], orient="row")
    return OddSize().judge(Seen(pl.DataFrame({"id": ids}), pl.DataFrame(), facts, [], None)).scores.tolist()


def test_equal_sizes_score_nothing() -> None:
    assert judged(*[(300, 300)] * 5) == [0] * 5


def test_four_times_as_large_or_small_is_the_limit() -> None:
    *_, large, small, larger = judged(*[(300, 300)] * 20, (1200, 1200), (75, 75), (1300, 1300))
    assert large == pytest.approx(0.5)
    assert small == pytest.approx(0.5)
    assert larger > 0.5


def test_shape_does_not_matter() -> None:
    *_, portrait, strip = judged(*[(600, 400)] * 20, (400, 600), (1500, 160))
    assert portrait == pytest.approx(0)
    assert strip == pytest.approx(0)


def test_where_sizes_differ_anyway_only_extremes_are_odd() -> None:
    random = np.random.default_rng(0)
    sides = np.exp(random.normal(6, 0.8, 200)).astype(int)
    scores = judged(*[(side, side) for side in sides.tolist()], (3, 3))
    assert max(scores[:-1]) < 0.5
    assert scores[-1] > 0.5


def test_the_reason_compares() -> None:
    facts = pl.DataFrame([(300, 300)] * 9 + [(30, 30)], schema=["width", "height"], orient="row")
    samples = pl.DataFrame({"id": [str(number) for number in range(10)]})
    assert (
        OddSize().judge(Seen(samples, pl.DataFrame(), facts, [], None)).reasons[-1]
        == "30 x 30 where 300 x 300 is usual"
    )
