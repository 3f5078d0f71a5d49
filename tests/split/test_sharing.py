from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from dlpipe.split.sharing import share_out

FRACTIONS = (0.6, 0.2, 0.2)
COUNTS = st_numpy.arrays(np.int64, st.tuples(st.integers(3, 12), st.integers(1, 3)), elements=st.integers(0, 20))


def names(counts: np.ndarray) -> list[str]:
    return [f"g{number}" for number in range(len(counts))]


def cost(counts: np.ndarray, split: np.ndarray) -> float:
    """The cost as the module states it, computed another way."""
    whole = np.concatenate([counts, counts.sum(axis=1, keepdims=True)], axis=1)
    total = 0.0
    for column in whole.T:
        shares = np.bincount(split, weights=column, minlength=3) / max(column.sum(), 1)
        total += (np.square(shares - FRACTIONS) / FRACTIONS).sum()
        total += (shares == 0).sum() if (column > 0).sum() >= 3 else 0
    return total


@given(COUNTS, st.integers(0, 5))
@settings(deadline=None)
def test_names_decide_and_not_their_order(counts: np.ndarray, seed: int):
    order = np.random.default_rng(seed).permutation(len(counts))
    straight = share_out(counts, names(counts), FRACTIONS, seed)
    shuffled = share_out(counts[order], [names(counts)[place] for place in order], FRACTIONS, seed)
    assert shuffled.tolist() == straight[order].tolist()


@given(COUNTS, st.integers(0, 5))
@settings(deadline=None)
def test_no_single_move_or_swap_helps_unless_shares_are_even(counts: np.ndarray, seed: int):
    split = share_out(counts, names(counts), FRACTIONS, seed)
    whole = np.concatenate([counts, counts.sum(axis=1, keepdims=True)], axis=1)
    shares = np.stack([whole[split == place].sum(axis=0) for place in range(3)]) / np.maximum(whole.sum(axis=0), 1)
    if (np.abs(shares - np.array(FRACTIONS)[:, None]) <= 0.03).all():
        return
    reached = cost(counts, split)
    for group, place in itertools.product(range(len(counts)), range(3)):
        moved = split.copy()
        moved[group] = place
        if len(set(split[np.arange(len(split)) != group])) == len(set(split)):  # the last of a split stays
            assert cost(counts, moved) >= reached - 1e-9
    for one, other in itertools.combinations(range(len(counts)), 2):
        swapped = split.copy()
        swapped[[one, other]] = split[[other, one]]
        assert cost(counts, swapped) >= reached - 1e-9


def test_many_groups_take_seconds_and_come_out_even():
    random = np.random.default_rng(0)
    counts = random.poisson(3, (5000, 4))
    split = share_out(counts, names(counts), FRACTIONS, 0)
    for column in counts.T:
        np.testing.assert_allclose(np.bincount(split, weights=column) / column.sum(), FRACTIONS, atol=0.03)
