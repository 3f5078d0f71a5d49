from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dlpipe.clean.checks import Finding, Seen
from dlpipe.clean.checks.odd_aspect import OddAspect


def judged(*sizes: tuple[int, int]) -> Finding:
    facts = pl.DataFrame(sizes, schema=["width", "height"], orient="row")
    ids = pl.DataFrame({"id": [str(number) for number in range(len(sizes))]})
    return OddAspect().judge(Seen(ids, pl.DataFrame(), facts, [], None))


def test_a_strip_is_odd_and_portrait_among_landscape_is_not():
    *_, portrait, strip = judged(*[(600, 400)] * 20, (400, 600), (1500, 160)).scores
    assert portrait == pytest.approx(0)
    assert strip > 0.5


def test_the_limit_is_two_and_a_half_times_as_long():
    assert judged(*[(300, 300)] * 20, (750, 300)).scores[-1] == pytest.approx(0.5)


def test_size_does_not_matter():
    assert judged(*[(300, 200)] * 20, (3000, 2000)).scores[-1] == pytest.approx(0)


def test_where_shapes_differ_anyway_only_extremes_are_odd():
    chance = np.random.default_rng(0)
    sizes = [(int(100 * ratio), 100) for ratio in np.exp(chance.normal(1, 0.4, 200))]
    scores = judged(*sizes, (6000, 100)).scores
    assert scores[:-1].max() < 0.5
    assert scores[-1] > 0.5


def test_the_reason_compares():
    assert judged(*[(300, 300)] * 9, (900, 100)).reasons[-1] == "its sides are 9.0 : 1 where 1.0 : 1 is usual"
