from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dlpipe.train.keyed_rng import Keyed, Use, order, seed_for


@given(st.integers(0, 2**32 - 1), st.integers(0, 1000), st.integers(1, 200))
def test_an_order_is_a_permutation_and_a_function_of_seed_and_epoch(seed: int, epoch: int, count: int) -> None:
    first = order(seed, epoch, count)
    assert sorted(first.tolist()) == list(range(count))
    assert np.array_equal(first, order(seed, epoch, count))


def test_orders_of_epochs_and_seeds_differ() -> None:
    orders = {tuple(order(seed, epoch, 50)) for seed in range(5) for epoch in range(5)}
    assert len(orders) == 25


def test_uses_of_one_seed_are_independent() -> None:
    assert len({seed_for(7, use, 1) for use in Use}) == len(Use)
    assert seed_for(7, Use.STEP, 1, 2) != seed_for(7, Use.STEP, 2, 1)


def test_a_stream_does_not_depend_on_what_was_drawn_before() -> None:
    keyed = Keyed(3)
    keyed.move_to(1, 5)
    wanted = keyed.numpy.random(4).tolist(), keyed.python.random()
    keyed.move_to(0, 0)
    keyed.numpy.random(1000)
    keyed.move_to(1, 5)
    assert (keyed.numpy.random(4).tolist(), keyed.python.random()) == wanted
    keyed.move_to(5, 1)
    assert keyed.numpy.random(4).tolist() != wanted[0]


def test_streams_look_uniform() -> None:
    keyed, drawn = Keyed(0), []
    for sample in range(4000):
        keyed.move_to(0, sample)
        drawn.append(keyed.numpy.random())
    counts = np.histogram(drawn, bins=10, range=(0, 1))[0]
    assert counts.min() > 330
    assert counts.max() < 470
