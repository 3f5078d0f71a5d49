"""Iterative stratification: every label near its shares, whatever the order, and a rare one first."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.split.iterative import share_iteratively

FRACTIONS = (0.7, 0.15, 0.15)


def drawn(seed: int, count: int, rates: tuple[float, ...]) -> tuple[pl.Series, np.ndarray[Any, Any]]:
    members = np.random.default_rng(seed).random((count, len(rates))) < np.array(rates)
    return pl.Series("id", [f"{number:05}" for number in range(count)]), members


@pytest.mark.parametrize("seed", range(5))
def test_every_label_gets_its_shares_to_a_sample_or_two(seed: int):
    ids, members = drawn(seed, 600, (0.5, 0.3, 0.1, 0.05))
    chosen = share_iteratively(ids, members, FRACTIONS, seed)
    for label in members.T:
        found = np.bincount(chosen[label], minlength=3)
        assert np.abs(found - label.sum() * np.array(FRACTIONS)).max() <= 2
    assert np.abs(np.bincount(chosen, minlength=3) - 600 * np.array(FRACTIONS)).max() <= 8


def test_rare_labels_are_nearer_to_their_shares_than_by_chance():
    ids, members = drawn(0, 400, (0.6, 0.04, 0.03, 0.02))
    wished = members.sum(axis=0) * np.array(FRACTIONS)[:, None]

    def off(chosen: np.ndarray[Any, Any]) -> float:
        found = np.stack([members[chosen == split].sum(axis=0) for split in range(3)])
        return float(np.abs(found - wished).sum())

    by_chance = [np.random.default_rng(seed).choice(3, 400, p=FRACTIONS) for seed in range(20)]
    assert off(share_iteratively(ids, members, FRACTIONS, 0)) < min(off(one) for one in by_chance)


@given(st.integers(0, 1000), st.integers(1, 60), st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(seed: int, count: int, shuffle: int):
    ids, members = drawn(seed, count, (0.4, 0.2))
    order = np.random.default_rng(shuffle).permutation(count)
    chosen = share_iteratively(ids, members, FRACTIONS, seed)
    assert share_iteratively(ids[order], members[order], FRACTIONS, seed).tolist() == chosen[order].tolist()
    assert set(chosen.tolist()) <= {0, 1, 2}


def test_other_seeds_give_other_splits():
    ids, members = drawn(0, 100, (0.4, 0.2))
    assert (share_iteratively(ids, members, FRACTIONS, 0) != share_iteratively(ids, members, FRACTIONS, 1)).any()


def test_samples_of_no_label_fill_what_is_left():
    ids, members = drawn(0, 100, (0.0, 0.0))
    assert np.bincount(share_iteratively(ids, members, FRACTIONS, 0)).tolist() == [70, 15, 15]
    none, nobody = drawn(0, 0, (0.5,))
    assert share_iteratively(none, nobody, FRACTIONS, 0).size == 0
