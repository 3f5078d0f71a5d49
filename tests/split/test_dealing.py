from __future__ import annotations

import numpy as np
import polars as pl

from dlpipe.split.dealing import by_chance, deal


def ids(count: int) -> pl.Series:
    return pl.Series("id", [f"{number:04}" for number in range(count)])


def test_every_stratum_is_dealt_out_in_its_shares():
    stratum = np.repeat([0, 1], (100, 40))
    dealt = deal(ids(140), stratum, (0.7, 0.15, 0.15), 0)
    assert np.bincount(dealt[:100]).tolist() == [70, 15, 15]
    assert np.bincount(dealt[100:]).tolist() == [28, 6, 6]


def test_what_rounding_owes_is_paid_by_later_strata():
    stratum = np.arange(300) // 10
    dealt = deal(ids(300), stratum, (0.7, 0.15, 0.15), 3)
    np.testing.assert_allclose(np.bincount(dealt), [210, 45, 45], atol=2)


def test_chance_orders_within_strata():
    stratum = np.array([1, 0, 1, 0])
    order = by_chance(ids(4), stratum, 0)
    assert sorted(order[:2].tolist()) == [1, 3]
    assert by_chance(ids(4), stratum, 0).tolist() == order.tolist()
