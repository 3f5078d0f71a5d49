from __future__ import annotations

import polars as pl

from dlpipe.clean.losses import losses


def site(**counts: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"site": [name for name, count in counts.items() for _ in range(count)]}, schema={"site": pl.String}
    )


def test_a_group_that_vanishes_is_named():
    said = list(losses(site(north=50, south=2), site(north=50), ["site"]))
    assert said == ["cleaning took 2 of 2 samples of site 'south' (100%; overall 4%)"]


def test_a_group_that_loses_far_more_than_others_is_named():
    said = list(losses(site(north=80, south=20), site(north=79, south=12), ["site"]))
    assert said == ["cleaning took 8 of 20 samples of site 'south' (40%; overall 9%)"]


def test_even_losses_few_losses_and_unknown_columns_are_not():
    assert not list(losses(site(north=80, south=20), site(north=40, south=10), ["site"]))
    assert not list(losses(site(north=80, south=4), site(north=80, south=1), ["site"]))
    assert not list(losses(site(north=80), site(), ["scanner"]))
    assert not list(losses(site(), site(), ["site"]))
